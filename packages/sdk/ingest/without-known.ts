import { type Hex, toHex } from '@ward/protocol';
import type { PlannedUnit } from './plan-ingest.ts';

/**
 * Leaves out of units what their author has added to that chart before, so that adding the same
 * input twice adds nothing twice.
 *
 * @param isKnown Whether the chart has a record with this `inputDigest`.
 */
export function withoutKnown(
  units: readonly PlannedUnit[],
  isKnown: (place: Pick<PlannedUnit, 'chart'> & { readonly digest: Hex }) => boolean,
): PlannedUnit[] {
  return units.flatMap((unit) => {
    const records = unit.records.filter(
      ({ metadata }) => !isKnown({ chart: unit.chart, digest: toHex(metadata.inputDigest) }),
    );
    return records.length === 0 ? [] : [{ ...unit, records }];
  });
}
