import type { OrganisationWard, UnitSummary } from '@ward/sdk';
import { type BenchNetwork, DAY_MS, type PersonPlan, sampleUnits } from './bench-network.ts';

const RECORD_BYTES = 2000;
const MS = 1000;

/** A chart that hospital B was granted, as it lists it. */
export interface Granted {
  readonly leaf: Uint8Array;
  readonly units: readonly UnitSummary[];
}

export interface GrantPlan extends Pick<PersonPlan, 'custodians'> {
  /** Persons, each with one chart. */
  readonly count: number;
  /** Units of each chart. */
  readonly units: number;
  /** How long the grants last. */
  readonly days: number;
}

/** Charts of as many persons, written by hospital A and granted to hospital B. */
export async function grantCharts(stage: BenchNetwork, plan: GrantPlan): Promise<Uint8Array[]> {
  const writer = await stage.organisation('hospital-a');
  const leaves: Uint8Array[] = [];
  for (let i = 0; i < plan.count; i++) {
    const person = await stage.person(plan);
    await writer.access.collect();
    const { chart } = person.keys.chart('general');
    const units = sampleUnits({ count: plan.units, bytesEach: RECORD_BYTES }, stage.crypto);
    await writer.records.add({ chart, units, credential: 'Clinician (synthetic)' });
    await person.records.accept('general', stage.id('hospital-a'));
    const { leaf } = await person.consent.grant({
      chart: 'general',
      grantee: stage.id('hospital-b'),
      purposes: ['TREAT'],
      until: person.connection.now() + (plan.days * DAY_MS) / MS,
    });
    leaves.push(leaf);
  }
  return leaves;
}

/** What hospital B sees of them. */
export async function listGranted(stage: BenchNetwork, leaves: readonly Uint8Array[]) {
  const hospital = await stage.organisation('hospital-b');
  await hospital.access.collect();
  const granted: Granted[] = [];
  for (const leaf of leaves) granted.push({ leaf, units: await hospital.access.list(leaf) });
  return { hospital, granted };
}

/** Opens one unit, and looks whether it is a record as it was written. */
export async function openGranted(
  stage: BenchNetwork,
  ward: OrganisationWard,
  { granted, which }: { readonly granted: Granted; readonly which: number },
): Promise<void> {
  const { leaf, units } = granted;
  const { units: opened } = await stage.open(ward, leaf, [units[which % units.length]!]);
  const [record] = opened[0]!.records;
  if (record?.bytes.length !== RECORD_BYTES) throw new Error('not the record that was written');
}
