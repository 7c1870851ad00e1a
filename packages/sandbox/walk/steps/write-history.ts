import type { ChartKind } from '@ward/charts';
import type { OrganisationWard, UnitToAdd } from '@ward/sdk';
import type { PlannedUnit } from '@ward/sdk/ingest';
import { demand, type Proof, type Step } from '../step.ts';
import { WALK_CHARTS, type WalkState } from '../walk-state.ts';

export const AUTHOR_CREDENTIAL = 'Records department (synthetic)';
/** So many units the shared chart needs, for a step that asks for another one. */
const SHARED_UNITS_MIN = 2;

/** A planned unit as the sdk writes it. */
export function unitToAdd({ caption, records }: PlannedUnit): UnitToAdd {
  return {
    caption,
    records: records.map(({ metadata, bytes }) => ({ metadata, open: () => [bytes] })),
  };
}

/** Step 2: hospital A writes years of history with public data only. */
export const writeHistory: Step = {
  number: 2,
  title: 'Hospital A writes years of history while the patients are offline',
  async run(state, tell): Promise<Proof> {
    const ward = state.hospitalA.ward;
    const all = state.patients.reduce((sum, { units }) => sum + units.length, 0);
    let done = 0;
    let records = 0;
    for (const patient of state.patients) {
      const written = new Map<ChartKind, number>();
      for (const kind of WALK_CHARTS) {
        const units = patient.units.filter(({ chart }) => chart === kind);
        if (units.length === 0) continue;
        const { chart } = state.ward(patient).keys.chart(kind);
        const before = { done, records };
        const added = await ward.records.add({
          chart,
          units: units.map(unitToAdd),
          credential: AUTHOR_CREDENTIAL,
          onProgress: (progress) => {
            done = before.done + progress.units;
            records = before.records + progress.records;
            tell(`${done} of ${all} units sealed, ${records} records`, done / all);
          },
        });
        written.set(kind, added.length);
      }
      state.written.set(patient, written);
    }
    state.sharedKind = pickShared(state);
    await fillShared(state, ward);
    return {
      proof:
        `${done} units with ${records} records are sealed under two locks each, stored, and ` +
        'their commitments stand in slots; hospital A held no key that opens them',
    };
  },
};

/** The chart that is shared later: general, unless the bundles put nothing into it. */
function pickShared({ patient, written }: WalkState): ChartKind {
  const counts = written.get(patient)!;
  if ((counts.get('general') ?? 0) > 0) return 'general';
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'general';
}

/** A bundle may give the shared chart one unit only: hospital A adds letters, and says so. */
async function fillShared(state: WalkState, ward: OrganisationWard): Promise<void> {
  const { patient, sharedKind } = state;
  const written = new Map(state.written.get(patient));
  const missing = SHARED_UNITS_MIN - (written.get(sharedKind) ?? 0);
  if (missing <= 0) return;
  const { chart } = state.wallet.keys.chart(sharedKind);
  const { crypto } = ward.connection.realm;
  const units = Array.from({ length: missing }, (_, i) => letter(i, crypto));
  const added = await ward.records.add({ chart, units, credential: AUTHOR_CREDENTIAL });
  demand(added.length === missing, 'the letters stand in the chart');
  written.set(sharedKind, (written.get(sharedKind) ?? 0) + added.length);
  state.written.set(patient, written);
}

/** A short letter, which says what it is. */
export function letter(
  number: number,
  crypto: OrganisationWard['connection']['realm']['crypto'],
): UnitToAdd {
  const bytes = new Uint8Array(Buffer.from(`Letter ${number + 1} of the sandbox (synthetic)\n`));
  const metadata = {
    mediaType: 'text/plain',
    resourceType: '',
    name: `letter-${number + 1}.txt`,
    inputDigest: crypto.sha256(bytes),
    sizeBytes: bytes.length,
  };
  return { caption: { kind: 'document', month: 0 }, records: [{ metadata, open: () => [bytes] }] };
}
