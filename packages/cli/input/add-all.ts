import type { RecordInput } from '@ward/charts';
import { type AccountId, toHex } from '@ward/protocol';
import type { AddedUnit, AddProgress, UnitToAdd } from '@ward/sdk';
import type { PlannedUnit } from '@ward/sdk/ingest';
import type { Progress } from '../frame/progress.ts';
import type { AssignedUnits } from './assign-charts.ts';

/** What was added to one chart. */
export interface ChartAddition {
  readonly assigned: AssignedUnits;
  readonly added: readonly AddedUnit[];
  readonly records: number;
  /** Records that the chart had already. */
  readonly skipped: number;
}

type Add = (
  assigned: AssignedUnits,
  units: readonly UnitToAdd[],
  onProgress: (progress: AddProgress) => void,
) => Promise<AddedUnit[]>;

/** Writes what was assigned, chart by chart. */
export async function addAll(
  all: readonly AssignedUnits[],
  add: Add,
  bar: Progress,
): Promise<ChartAddition[]> {
  const total = all.reduce((sum, { units }) => sum + recordCount(units), 0);
  const additions: ChartAddition[] = [];
  let done = 0;
  for (const assigned of all) {
    let last: AddProgress = { units: 0, records: 0, skipped: 0 };
    const added = await add(assigned, assigned.units.map(toAdd), (progress) => {
      last = progress;
      bar.update({ done: done + progress.records + progress.skipped, total, unit: 'records' });
    });
    done += last.records + last.skipped;
    additions.push({ assigned, added, records: last.records, skipped: last.skipped });
  }
  bar.end();
  return additions;
}

export function recordCount(units: readonly PlannedUnit[]): number {
  return units.reduce((sum, { records }) => sum + records.length, 0);
}

function toAdd({ caption, records }: PlannedUnit): UnitToAdd {
  return {
    caption,
    records: records.map(({ metadata, bytes }): RecordInput => ({ metadata, open: () => [bytes] })),
  };
}

/** Vaults that were away when one of these was written, and do not have it yet. */
export function awayOf(added: readonly AddedUnit[]): AccountId[] {
  const all = added.flatMap(({ missed }) => missed);
  return [...new Map(all.map((id) => [toHex(id), id])).values()];
}

/** What was added, as programs read it. */
export function additionJson({ assigned, added, records, skipped }: ChartAddition) {
  const { target, patient = null } = assigned;
  const units = added.map(({ label }) => toHex(label));
  const place = { chart: toHex(target.chart), kind: target.kind, patient };
  return { ...place, units, records, skipped, away: awayOf(added).map((id) => toHex(id)) };
}
