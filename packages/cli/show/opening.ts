import type { ChartKind } from '@ward/charts';
import { OpeningReceipt } from '@ward/charts';
import { type Digest, type Json, toHex } from '@ward/protocol';
import type { Opening, OpenRecord } from '@ward/sdk';
import { captionText } from '../find/choose-units.ts';
import { unitId } from '../find/find-unit.ts';
import { type Names, shortId } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { Screen } from '../frame/screen.ts';
import { isText, recordJson, showContent } from './records.ts';
import { counted, sizeText } from './times.ts';
import { unitJson } from './unit-rows.ts';

interface Asked {
  readonly kind: ChartKind;
  readonly leaf: Digest;
  readonly purpose: string;
  readonly reason: string;
  readonly staff: string;
}

/** What an opening gave, as programs read it. */
export function openingJson(opening: Opening, asked: Asked): Json {
  const { n, entry, units, receipts, problems } = opening;
  const { kind, leaf, purpose, reason, staff } = asked;
  return {
    ...{ grant: toHex(leaf), n, entry: toHex(entry), purpose, reason, staff },
    receipts: receipts.map((each) => OpeningReceipt.toJson(each)),
    problems: problems.map(({ custodian, error: { code } }) => ({
      ...{ custodian: toHex(custodian), code },
    })),
    units: units.map(({ unit, records }) => ({
      ...unitJson({ kind, unit }),
      content: records.map(recordJson),
    })),
  };
}

/** Tells what custodians answered, then shows the records. */
export function showOpening(
  { n, entry, units, receipts, problems }: Opening,
  { out, names }: { readonly out: string | undefined; readonly names: Names },
  screen: Screen,
): void {
  const custodians = receipts.map(({ custodian, verdict }) => {
    const name = names.of(custodian);
    return verdict === 'PERMITTED' ? name : `${name} (${printable(verdict)})`;
  });
  screen.facts([
    ['entry', `${n}  ${toHex(entry)}`],
    ['permitted by', custodians.join(', '), 'good'],
  ]);
  for (const { custodian, error } of problems) {
    screen.line(`${names.of(custodian)} gave no share: ${error.message}`, 'warning');
    screen.line(`  ${error.kind.next} (${error.code})`, 'quiet');
  }
  for (const { unit, records } of units) {
    screen.line();
    screen.line(`${captionText(unit)}: ${counted(records.length, 'record')}`, 'strong');
    if (out === undefined) for (const record of records) showRecord(record, screen);
  }
  if (out === undefined) return;
  screen.line();
  screen.line(`The records are in ${out}, by unit: ${units.map(nameOf).join(', ')}`, 'good');
}

function nameOf({ unit }: Opening['units'][number]): string {
  return shortId(unitId(unit));
}

function showRecord(record: OpenRecord, screen: Screen): void {
  const { index, metadata, bytes } = record;
  const name = printable([metadata.resourceType, metadata.name].filter(Boolean).join(' '));
  const said = [`# ${index}`, name, sizeText(bytes.length)].filter(Boolean);
  screen.line(said.join('  '), 'quiet');
  if (isText(bytes)) showContent(record, { isRaw: false }, screen);
  else screen.line(`(${printable(metadata.mediaType)}, no text: use --out FOLDER)`);
}
