import type { ChartKind } from '@ward/charts';
import type { UnitSummary } from '@ward/sdk';
import { counted, demand, type Proof, type Step } from '../step.ts';
import type { WalkPatient } from '../walk-patient.ts';
import { WALK_CHARTS, type WalkState } from '../walk-state.ts';

const LINES_MAX = 8;
/** Sorts before every year. */
const UNDATED = ' no date';

/** Step 3: the wallets find every unit, and nothing can be hidden from them. */
export const showTimeline: Step = {
  number: 3,
  title: 'The wallets find every unit, verify it, and show a timeline',
  async run(state, tell): Promise<Proof> {
    let units = 0;
    for (const patient of state.patients) {
      const timeline = await findUnits(state, patient);
      state.timelines.set(patient, timeline);
      for (const found of timeline.values()) units += found.length;
      tell(`${units} units found`);
    }
    const opened = await openOne(state);
    return {
      proof:
        `${units} units found by walking each source to its first empty slot; roots, slots and ` +
        `authors verified; one opened by its owner: ${opened}`,
      details: timelineOf(state.sharedUnits),
    };
  },
};

async function findUnits(
  state: WalkState,
  patient: WalkPatient,
): Promise<ReadonlyMap<ChartKind, readonly UnitSummary[]>> {
  const ward = state.ward(patient);
  const timeline = new Map<ChartKind, readonly UnitSummary[]>();
  for (const kind of WALK_CHARTS) {
    const found = await ward.records.list(kind);
    const written = state.written.get(patient)?.get(kind) ?? 0;
    demand(found.length === written, `${found.length} units of ${written} in ${kind}`);
    const broken = found.filter(({ problem }) => problem !== undefined);
    demand(broken.length === 0, `${broken.length} units of ${kind} do not verify`);
    timeline.set(kind, found);
  }
  return timeline;
}

async function openOne({ wallet, sharedKind, sharedUnits }: WalkState): Promise<string> {
  const unit = sharedUnits[0];
  demand(unit !== undefined, 'the shared chart has a unit');
  const records = await wallet.records.open(sharedKind, unit);
  demand(records.length === unit.recordCount, 'every record of the unit opens');
  return counted(records.length, 'record');
}

/** A picture of the chart: how many units of each kind in each year. */
function timelineOf(units: readonly UnitSummary[]): string[] {
  const years = new Map<string, Map<string, number>>();
  for (const { caption } of units) {
    const year =
      caption === undefined || caption.month === 0
        ? UNDATED
        : String(Math.floor(caption.month / 12));
    const kinds = years.get(year) ?? new Map<string, number>();
    const kind = caption?.kind ?? 'unknown';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    years.set(year, kinds);
  }
  const lines = [...years]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([year, kinds]) =>
        `${year.trim().padEnd(8)}${[...kinds].map(([kind, n]) => counted(n, kind)).join(', ')}`,
    );
  const left = lines.length - LINES_MAX;
  return left <= 0 ? lines : [...lines.slice(-LINES_MAX), `… and ${left} earlier years`];
}
