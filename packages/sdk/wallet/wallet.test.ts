import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { type EventStore, memoryEventStore } from '../event-log.ts';
import { backUpWallet, readBackup } from './backup.ts';
import { authoritiesOf, Wallet } from './wallet.ts';
import { type WalletChange, WalletEvent } from './wallet-events.ts';
import { authorityIndex, newestEpoch, ownCount } from './wallet-state.ts';

const crypto = await loadCrypto();
const random = seededRandom(11);
const realm = { network: random.bytes(32), crypto };
const clock = { nowMs: () => 1_800_000_000_000 };
const bytes = () => random.bytes(32);
const organisation = random.bytes(16);

const openWallet = (store: EventStore = memoryEventStore(), label = 'Person 1 (synthetic)') =>
  Wallet.open({ store, random, clock, realm }, label);

/** A chart of which a header was published. */
async function withChart(wallet: Wallet, number = 0): Promise<Uint8Array> {
  const chart = bytes();
  const vaults = [organisation];
  const made = { chart, number, chartKind: 'general', ck: bytes(), cold: bytes(), vaults } as const;
  await wallet.record(
    { kind: 'chartMade', ...made },
    { kind: 'coldKeyMade', chart, cold: made.cold, seed: bytes() },
    { kind: 'epochMade', chart, epoch: 0, seed: bytes() },
    { kind: 'headerPublished', chart, version: 0, digest: bytes() },
  );
  return chart;
}

const grantMade = (chart: Uint8Array): Extract<WalletChange, { kind: 'grantMade' }> => ({
  ...{ kind: 'grantMade', chart, leaf: bytes(), salt: bytes(), grant: bytes() },
});

describe('a wallet', () => {
  it('is made in an empty store, and is the same one when it is opened again', async () => {
    const store = memoryEventStore();
    const made = await openWallet(store);
    const again = await openWallet(store, 'another name');
    expect(again.state).toMatchObject({ label: 'Person 1 (synthetic)', seed: made.state.seed });
    const other = await openWallet();
    expect(other.state.seed).not.toEqual(made.state.seed);
  });

  it('finds a chart by id, and by kind the one that is not erased', async () => {
    const wallet = await openWallet();
    const first = await withChart(wallet);
    await wallet.record({ kind: 'chartErased', chart: first });
    expect(codeOf(() => wallet.chart('general'))).toBe('CHART_UNKNOWN');
    const second = await withChart(wallet, 1);
    expect(wallet.chart('general').chart).toEqual(second);
    expect(wallet.chart(first).isErased).toBe(true);
    expect(codeOf(() => wallet.chart(bytes()))).toBe('CHART_UNKNOWN');
  });

  it('gives charts keys that share nothing, and a new chart a number of its own', async () => {
    const wallet = await openWallet();
    const [one, two] = [await withChart(wallet, 0), await withChart(wallet, 4)];
    const keys = [one, two].map((chart) => wallet.keysOf(wallet.chart(chart)));
    expect(keys[0]!.ck.publicKey).not.toEqual(keys[1]!.ck.publicKey);
    expect(wallet.newChartKeys().number).toBe(5);
  });

  it('ignores an event of a chart that it does not know', async () => {
    const wallet = await openWallet();
    await wallet.record({ kind: 'epochMade', chart: bytes(), epoch: 3, seed: bytes() });
    expect(wallet.charts).toEqual([]);
  });

  it('lists a writer once, however often it is given a card', async () => {
    const wallet = await openWallet();
    const chart = await withChart(wallet);
    const writeSecret = bytes();
    const card = { chart, organisation, recipient: organisation, writeSecret };
    for (let i = 0; i < 2; i++) {
      await wallet.record(
        { kind: 'cardMade', ...card },
        { kind: 'sourceListed', chart, organisation, writeSecret },
      );
    }
    const { cards, sources } = wallet.chart(chart);
    expect([cards.length, sources.length]).toEqual([1, 1]);
  });

  it('counts places of its own units, planned ones too', async () => {
    const wallet = await openWallet();
    const chart = await withChart(wallet);
    const planned = { chart, epoch: 0, commitment: bytes(), inputs: [] };
    await wallet.record(
      { kind: 'ownUnitPlanned', ...planned, n: 0 },
      { kind: 'ownUnitWritten', chart, epoch: 0, n: 0 },
      { kind: 'ownUnitPlanned', ...planned, n: 1 },
    );
    const kept = wallet.chart(chart);
    expect(ownCount(kept, 0)).toBe(2);
    expect(ownCount(kept, 1)).toBe(0);
    expect(kept.ownUnits.map(({ isWritten }) => isWritten)).toEqual([true, false]);
  });

  it('acts under new keys only when a header of theirs is published', async () => {
    const wallet = await openWallet();
    const chart = await withChart(wallet);
    const kept = wallet.chart(chart);
    const before = wallet.keysOf(kept).ck.publicKey;
    const taken = { chart, seed: bytes(), ck: bytes(), cold: bytes(), version: 1 };
    await wallet.record({ kind: 'chartTakenOver', ...taken });
    expect(authorityIndex(kept)).toBe(0);
    expect(wallet.keysOf(kept).ck.publicKey).toEqual(before);
    expect(authoritiesOf(kept).predecessors).toEqual([]);
    expect(wallet.mailboxes(kept)).toHaveLength(2);
    await wallet.record({ kind: 'headerPublished', chart, version: 1, digest: bytes() });
    expect(authorityIndex(kept)).toBe(1);
    expect(wallet.keysOf(kept).ck.publicKey).not.toEqual(before);
    expect(authoritiesOf(kept).authority).toEqual({ ck: taken.ck, cold: taken.cold });
  });

  it('keeps the keys of its own units for the epochs that they were announced in', async () => {
    const wallet = await openWallet();
    const chart = await withChart(wallet);
    const kept = wallet.chart(chart);
    const [before] = wallet.ownerKeys(kept, 0, 1);
    const taken = { chart, seed: bytes(), ck: bytes(), cold: bytes(), version: 1 };
    await wallet.record(
      { kind: 'chartTakenOver', ...taken },
      { kind: 'headerPublished', chart, version: 1, digest: bytes() },
      { kind: 'epochMade', chart, epoch: 1, seed: bytes() },
    );
    expect(wallet.ownerKeys(kept, 0, 1)).toEqual([before]);
    expect(wallet.ownerKeys(kept, 1, 1)).not.toEqual([before]);
  });
});

describe('secrets that a wallet forgets', () => {
  it('are gone from the store: those of an erased chart, and no others', async () => {
    const store = memoryEventStore();
    const wallet = await openWallet(store);
    const [erased, other] = [await withChart(wallet, 0), await withChart(wallet, 1)];
    const seed = wallet.chart(erased).epochs.get(0)!;
    await wallet.record(grantMade(erased), { kind: 'chartErased', chart: erased });
    await wallet.forget(erased);
    const left = (await store.load()).map((record) => Buffer.from(record).toString('hex'));
    expect(left.some((record) => record.includes(toHex(seed)))).toBe(false);
    const again = await openWallet(store);
    expect(again.chart(erased)).toMatchObject({ isErased: true });
    expect(again.chart(erased).grants.size).toBe(1);
    expect(newestEpoch(again.chart(other))).toBe(0);
    expect(codeOf(() => again.epochKey(again.chart(erased), 0))).toBe('CHART_UNKNOWN');
  });

  it('are the cold keys, once they stand in a backup', async () => {
    const store = memoryEventStore();
    const wallet = await openWallet(store);
    const chart = await withChart(wallet);
    const backup = [...wallet.events];
    await wallet.forgetColdKeys();
    expect(wallet.chart(chart).coldSeeds.size).toBe(0);
    expect((await openWallet(store)).chart(chart).coldSeeds.size).toBe(0);
    await wallet.merge(backup);
    expect(wallet.chart(chart).coldSeeds.size).toBe(1);
  });
});

describe('two devices of one person', () => {
  /** The same wallet on two devices, which then go their own ways. */
  async function twoDevices() {
    const one = await openWallet();
    const chart = await withChart(one);
    const store = memoryEventStore();
    await store.append(one.events.map((event) => WalletEvent.encode(event)));
    return { one, two: await openWallet(store), chart };
  }

  it('know the same once each has what the other has', async () => {
    const { one, two, chart } = await twoDevices();
    await one.record(grantMade(chart), grantMade(chart));
    await two.record(grantMade(chart), { kind: 'epochMade', chart, epoch: 1, seed: bytes() });
    const [first, second] = [[...one.events], [...two.events]];
    await one.merge(second);
    await two.merge(first);
    const leaves = (wallet: Wallet) => [...wallet.chart(chart).grants.keys()].sort();
    expect(leaves(one)).toEqual(leaves(two));
    expect(leaves(one)).toHaveLength(3);
    expect(newestEpoch(one.chart(chart))).toBe(1);
    const count = one.events.length;
    await one.merge(two.events);
    expect(one.events).toHaveLength(count);
  });

  it('lose nothing of a chart that the other made within one second', async () => {
    for (let round = 0; round < 20; round++) {
      const { one, two } = await twoDevices();
      const chart = await withChart(two, 1);
      await one.merge(two.events);
      const kept = one.chart(chart);
      expect([kept.epochs.size, kept.coldSeeds.size, kept.version]).toEqual([1, 1, 0]);
    }
  });

  it('keep a revocation, whoever heard of it first', async () => {
    const { one, two, chart } = await twoDevices();
    const made = grantMade(chart);
    await one.record(made);
    await two.merge(one.events);
    await two.record({ kind: 'grantRevoked', chart, leaf: made.leaf });
    await one.merge(two.events);
    expect([...one.chart(chart).grants.values()]).toMatchObject([{ isRevoked: true }]);
  });

  it('agree on the epoch that was published, where both began one', async () => {
    const { one, two, chart } = await twoDevices();
    const [lost, won] = [bytes(), bytes()];
    await one.record({ kind: 'epochMade', chart, epoch: 1, seed: lost });
    await two.record(
      { kind: 'epochMade', chart, epoch: 1, seed: won },
      { kind: 'headerPublished', chart, version: 1, digest: bytes() },
    );
    const [first, second] = [[...one.events], [...two.events]];
    await one.merge(second);
    await two.merge(first);
    expect(one.chart(chart).epochs.get(1)).toEqual(won);
    expect(two.chart(chart).epochs.get(1)).toEqual(won);
  });
});

describe('a backup', () => {
  it('holds every event, the largest too, and opens with its passphrase only', async () => {
    const wallet = await openWallet();
    const chart = await withChart(wallet);
    const inputs = Array.from({ length: 4096 }, bytes);
    const planned = { chart, epoch: 0, n: 0, commitment: bytes(), inputs };
    await wallet.record({ kind: 'ownUnitPlanned', ...planned });
    const file = await backUpWallet(wallet, 'correct horse');
    const content = await readBackup(file, 'correct horse');
    expect(content.events).toEqual(wallet.events);
    expect(content.network).toEqual(realm.network);
    expect(await codeOfAsync(() => readBackup(file, 'wrong horse'))).toBe('BACKUP_INVALID');
    const altered = file.slice();
    altered[altered.length - 1]! ^= 1;
    expect(await codeOfAsync(() => readBackup(altered, 'correct horse'))).toBe('BACKUP_INVALID');
    const cut = file.subarray(0, 100);
    expect(await codeOfAsync(() => readBackup(cut, 'correct horse'))).toBe('BACKUP_INVALID');
  }, 120_000);
});
