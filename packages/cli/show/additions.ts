import type { Crypto } from '@ward/protocol';
import type { IngestInput } from '@ward/sdk/ingest';
import type { Outcome } from '../frame/define-command.ts';
import { shortId } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { Screen } from '../frame/screen.ts';
import { type ChartAddition, recordCount } from '../input/add-all.ts';
import { patientsOf } from '../input/assign-charts.ts';
import { counted } from './times.ts';

/** What was added, chart by chart, and what was there already. */
export function showAdditions(additions: readonly ChartAddition[], screen: Screen): void {
  const sum = (numberOf: (addition: ChartAddition) => number) =>
    additions.reduce((total, addition) => total + numberOf(addition), 0);
  const records = sum((each) => each.records);
  const skipped = sum((each) => each.skipped);
  const units = sum(({ added }) => added.length);
  const said = `${counted(records, 'record')} in ${counted(units, 'unit')} added.`;
  screen.line(said, records > 0 ? 'good' : undefined);
  if (skipped > 0) {
    const verb = skipped === 1 ? 'was' : 'were';
    screen.line(`${counted(skipped, 'record')} ${verb} there already; nothing is added twice.`);
  }
  const rows = additions
    .filter(({ added }) => added.length > 0)
    .map(({ assigned: { target, patient }, added, records: own }) => [
      ...[shortId(target.chart), target.kind, printable(patient ?? '')],
      ...[`${added.length}`, `${own}`],
    ]);
  if (rows.length === 0) return;
  screen.line();
  screen.table(
    [
      { title: 'chart' },
      { title: 'kind' },
      { title: 'patient', mayShrink: true },
      { title: 'units', isNumber: true },
      { title: 'records', isNumber: true },
    ],
    rows,
    '',
  );
}

type Look = (inputs: readonly IngestInput[]) => void;

/**
 * What an input holds, before it is said whose charts it goes into.
 *
 * @param read Reads the inputs, one round after the other.
 */
export async function showPlan(
  read: (look: Look) => Promise<void>,
  crypto: Pick<Crypto, 'sha256'>,
): Promise<Outcome> {
  const rows: { patient: string | null; kind: string; units: number; records: number }[] = [];
  await read((inputs) => {
    for (const { patient, units } of patientsOf(inputs, crypto)) {
      for (const kind of new Set(units.map(({ chart }) => chart))) {
        const own = units.filter(({ chart }) => chart === kind);
        const counts = { units: own.length, records: recordCount(own) };
        rows.push({ patient: patient ?? null, kind, ...counts });
      }
    }
  });
  return {
    json: { plan: rows },
    show: (screen) =>
      screen.table(
        [
          { title: 'patient', mayShrink: true },
          { title: 'kind' },
          { title: 'units', isNumber: true },
          { title: 'records', isNumber: true },
        ],
        rows.map(({ patient, kind, units, records }) => [
          ...[printable(patient ?? '-'), kind, `${units}`, `${records}`],
        ]),
        'There is nothing in it.',
      ),
  };
}
