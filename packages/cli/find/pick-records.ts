import { word } from '@ward/protocol';
import type { OpenRecord } from '@ward/sdk';
import { refuse } from '../errors.ts';

/**
 * The record with this number, or all where none was named.
 *
 * @throws WardError `ID_UNKNOWN`.
 */
export function pickRecords(
  records: readonly OpenRecord[],
  index: number | undefined,
): readonly OpenRecord[] {
  if (index === undefined) return records;
  const found = records.filter((record) => record.index === index);
  if (found.length === 0) throw refuse('ID_UNKNOWN', { kind: word('record') });
  return found;
}
