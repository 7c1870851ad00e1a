import { entryDigest, entrySlot } from '@ward/charts';
import { createMemoryEngine, EngineQueries } from '@ward/engine';
import { Slot, slotKey } from '@ward/ledger/schema';
import { encodeUtf8, equalBytes, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import type { Opening, OrganisationWard } from '@ward/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientNetwork } from './client-network.ts';
import type { EngineUnderTest } from './engine-suite.ts';
import { ChartScene, openAsStaff } from './hostile/chart-scene.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { startSimulatedEngine, TestClock } from './simulated-engine.ts';
import { TestLedger } from './test-ledger.ts';
import { Traffic } from './traffic.ts';
import { describeTransactionJourney } from './transaction-journey.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

async function onMemory(): Promise<EngineUnderTest> {
  const clock = new TestClock();
  const memory = await createMemoryEngine({ ...ledger, clock });
  await memory.makeBlock();
  const own: EngineUnderTest = {
    ...memory,
    now: () => clock.seconds,
    idle: async () => void (await memory.makeBlock()),
    restart: async () => own,
  };
  return own;
}

async function onDisk(): Promise<EngineUnderTest> {
  const clock = new TestClock();
  const disk = new SimulatedDisk({ random: seededRandom(1) });
  const running = await startSimulatedEngine({ disk, ledger, clock });
  const { engine } = running;
  await engine.makeBlock();
  const ends = { organisation: ledger.provider.id, software: 'ward/test' };
  const queries = new EngineQueries({ ...running, genesis: ledger.genesis, ...ends, crypto });
  const own: EngineUnderTest = {
    engine,
    queries,
    now: () => clock.seconds,
    idle: async () => void (await engine.makeBlock()),
    restart: async () => own,
    async stop() {
      await engine.stop();
      queries.close();
    },
  };
  return own;
}

describe('the journey of a transaction', () => {
  describeTransactionJourney('the embedded engine on memory', ledger, onMemory);
  describeTransactionJourney('the embedded engine on a disk', ledger, onDisk);
});

const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'association'];

describe('the journey of an opening', () => {
  let network: ClientNetwork;
  let scene: ChartScene;
  beforeAll(async () => {
    network = await ClientNetwork.start(crypto, 11);
    scene = await ChartScene.make(network);
  });
  afterAll(() => network.close());

  it('goes from the entry over the custodians to the record, and into the log', async () => {
    const origins = ['memory://node', 'memory://vault', ...CUSTODIANS.map((n) => `memory://${n}`)];
    const hospital = await scene.organisation('hospital-b');
    const { leaf } = scene;
    const [unit] = await hospital.access.list(leaf);
    const owner = await scene.owner();
    const before = await owner.access.log('general');
    const own = (await owner.records.list('general')).find(({ commitment }) =>
      equalBytes(commitment, unit!.commitment),
    );
    const [record] = await owner.records.open('general', own!);
    const traffic = new Traffic(network, origins);
    const opening = await openAsStaff(hospital, { leaf, units: [unit!] });

    const slot = await checkCommitted(hospital, traffic, { leaf, opening });
    // The ledger shows neither chart nor units nor grant: they are in nothing that the node heard.
    const isNode = ({ server }: { server: string }) => server === 'memory://node';
    for (const secret of [unit!.chart, unit!.label!, leaf]) {
      expect(traffic.contains(secret, isNode)).toBe(false);
    }
    checkDecided(traffic, opening);

    // The shares open the record: it is the one that hospital A wrote, and nobody else saw it.
    const [opened] = opening.units;
    expect(opened!.records[0]!.bytes).toEqual(record!.bytes);
    expect(opened!.unit.author?.account).toEqual(own!.author?.account);
    expect(traffic.contains(record!.bytes)).toBe(false);
    for (const word of ['Clinician', 'physician', 'consultation', 'synthetic']) {
      expect(traffic.contains(encodeUtf8(word), ({ way }) => way === 'asked')).toBe(false);
    }

    // The owner's log: who, when, why, which units, complete to the first absent slot.
    const log = await owner.access.log('general');
    expect(log.openings).toHaveLength(before.openings.length + 1);
    const logged = log.openings.find(({ n }) => n === opening.n);
    expect(logged).toMatchObject({
      isUnexplained: false,
      grantee: network.id('hospital-b'),
      time: slot.time,
      actor: { name: 'Clinician 2 (synthetic)' },
      entry: { purpose: 'TREAT', reason: 'consultation', labels: [unit!.label] },
    });
    expect(logged!.verdicts).toHaveLength(3);
    expect(log.complete).toMatchObject([{ firstAbsent: opening.n + 1 }]);
  }, 120_000);

  it('ends at the custodians for whoever has no grant', async () => {
    const hospital = await scene.organisation('hospital-a');
    const units = await (await scene.organisation('hospital-b')).access.list(scene.leaf);
    const asked = openAsStaff(hospital, { leaf: scene.leaf, units: units.slice(0, 1) });
    await expect(asked).rejects.toMatchObject({ code: 'GRANT_UNKNOWN' });
  });
});

/** Entry and commit: the entry's slot is on the ledger before anybody hears of the entry. */
async function checkCommitted(
  hospital: OrganisationWard,
  traffic: Traffic,
  { leaf, opening }: { leaf: Uint8Array; opening: Opening },
): Promise<Slot> {
  const { realm } = hospital.connection;
  const [committed] = traffic.placesOf('submit-transaction', 'answered');
  expect(committed).toBeLessThan(Math.min(...traffic.placesOf('ask-opening', 'asked')));
  const { grant, entries } = hospital.keys.grant(leaf);
  const { grantee, openSecret } = grant;
  const key = slotKey(entrySlot({ grantee, openSecret, n: opening.n }, realm));
  const slot = (await hospital.ledger.prove([key])).record(Slot, key);
  expect(slot?.value).toEqual(opening.entry);
  expect(entryDigest(entries.get(opening.n)!, realm)).toEqual(opening.entry);
  return slot!;
}

/** Three custodians decide; each tells the owner's mailbox before it answers its share. */
function checkDecided(traffic: Traffic, { receipts }: Opening): void {
  expect(traffic.placesOf('ask-opening', 'asked')).toHaveLength(3);
  const notices = traffic.placesOf('post-notices', 'answered');
  expect(notices).toHaveLength(3);
  for (const [i, answer] of traffic.placesOf('ask-opening', 'answered').entries()) {
    expect(notices.filter((notice) => notice < answer).length).toBeGreaterThan(i);
  }
  expect(new Set(receipts.map(({ custodian }) => toHex(custodian))).size).toBe(3);
}
