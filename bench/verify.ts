import { type EventStore, memoryEventStore, type OrganisationWard } from '@ward/sdk';
import { type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { BenchNetwork, DAY_MS, sampleUnits } from './stage/bench-network.ts';
import { CallTimes } from './stage/timed-transport.ts';

const ENTRIES = 1000;
const UNITS = 5000;
const RECORD_BYTES = 1000;
/** One grant has 900 openings; several are what a patient has after some years. */
const GRANTS = 4;
/** A vault keeps so many notices of one custodian for one chart in a day. */
const ENTRIES_A_DAY = 20;
const UNITS_EACH = UNITS / ENTRIES;
const DAYS = ENTRIES / ENTRIES_A_DAY;
const PURPOSE = 'TREAT';
const MS = 1000;
const MICROS = 1_000_000;

/**
 * A wallet out of a backup, on a device that knows the network file and nothing else, proves a
 * chart with 5,000 units and the log of the 1,000 entries that named them: slots and absences,
 * manifests, roots, captions, authors, notices of custodians, signatures of staff. Every server is
 * a process of its own. The chart is made by real openings, twenty a day for fifty days.
 */
export async function run(): Promise<BenchRow[]> {
  const calls = new CallTimes();
  const startMs = performance.now();
  const stage = await BenchNetwork.start(calls, { pastDays: DAYS + 1 });
  try {
    const wallet = memoryEventStore();
    await makeChart(stage, wallet);
    const made = plainRow('verify.made', (performance.now() - startMs) / MS, 's for the fixture');
    calls.take();
    const rows = await verifyFromNothing(stage, wallet);
    const stages = [...calls.take()].map(([name, { ms }]) =>
      plainRow(`verify.of-it-${name}`, ms / MS, 's'),
    );
    return [...rows, ...stages, made];
  } finally {
    await stage.close();
  }
}

async function makeChart(stage: BenchNetwork, wallet: EventStore): Promise<void> {
  const person = await stage.person({ wallet });
  const { chart } = person.keys.chart('general');
  const writer = await stage.organisation('hospital-a');
  await writer.access.collect();
  const units = sampleUnits({ count: UNITS, bytesEach: RECORD_BYTES }, stage.crypto);
  await writer.records.add({ chart, units, credential: 'Clinician (synthetic)' });
  await person.records.accept('general', stage.id('hospital-a'));
  const leaves: Uint8Array[] = [];
  const until = person.connection.now() + (2 * DAYS * DAY_MS) / MS;
  for (let i = 0; i < GRANTS; i++) {
    const grantee = stage.id('hospital-b');
    const openingsMax = ENTRIES / GRANTS;
    const wanted = {
      ...{ chart: 'general' as const, grantee, purposes: [PURPOSE], until, openingsMax },
    };
    leaves.push((await person.consent.grant(wanted)).leaf);
  }
  const reader = await stage.organisation('hospital-b');
  await reader.access.collect();
  await openAll(stage, reader, leaves);
}

/** Opens all units, five at once, on all grants in turn. */
async function openAll(
  stage: BenchNetwork,
  reader: OrganisationWard,
  leaves: readonly Uint8Array[],
): Promise<void> {
  const { network } = stage;
  const units = await reader.access.list(leaves[0]!);
  const left = Array.from({ length: ENTRIES }, (_, i) =>
    units.slice(i * UNITS_EACH, (i + 1) * UNITS_EACH),
  );
  while (left.length > 0) {
    const today = left.splice(0, ENTRIES_A_DAY);
    const onGrant = async (leaf: Uint8Array, which: number) => {
      for (const chosen of today.filter((_, i) => i % GRANTS === which)) {
        await stage.open(reader, leaf, chosen);
      }
    };
    await Promise.all(leaves.map(onGrant));
    await network.moveClock(network.clockOffsetMs + DAY_MS);
  }
}

async function verifyFromNothing(stage: BenchNetwork, wallet: EventStore): Promise<BenchRow[]> {
  const person = await stage.wallet(wallet);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const units = await person.records.list('general');
  const listedMs = performance.now();
  const log = await person.access.log('general');
  const endMs = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const areGood = units.length === UNITS && units.every(({ problem }) => problem === undefined);
  const isExplained = log.openings.every((each) => !each.isUnexplained && each.actor !== undefined);
  const isComplete = log.openings.length === ENTRIES && log.complete.length === GRANTS;
  if (!areGood || !isExplained || !isComplete) throw new Error('the chart does not verify');
  return [
    boundedRow(
      { metric: 'verify.from-nothing', value: (endMs - startMs) / MS, unit: 's' },
      { atMost: 5 },
    ),
    plainRow('verify.units', (listedMs - startMs) / MS, 's'),
    plainRow('verify.log', (endMs - listedMs) / MS, 's'),
    plainRow('verify.cpu', (user + system) / MICROS, 's of CPU of the wallet'),
  ];
}
