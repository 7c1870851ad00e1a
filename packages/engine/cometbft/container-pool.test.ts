import { LEDGER_LIMITS, WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { ENGINE_LIMITS } from '../limits.ts';
import { CONTAINER_LIMITS, openContainer, openContainers, packContainer } from './container.ts';
import { ContainerPool, POOL_LIMITS } from './container-pool.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const submitter = { committed() {}, refused() {}, settled() {} };
let made = 0;
/** Bytes of one author that are verified before blocks take them. */
const AHEAD = 1024 * 1024;

function waiting(size = 0) {
  const address = crypto.sha256(Buffer.from(`pool ${made++}`));
  const slots = [{ address, value: address }];
  const own = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
  // What the pool packs, it takes for verified: longer ones need no form.
  const transaction = size === 0 ? own : { ...own, envelope: new Uint8Array(size) };
  return { transaction, submitter, token: 0 };
}

function poolOf(count: number, size = 0) {
  const pool = new ContainerPool(crypto);
  const all = Array.from({ length: count }, () => waiting(size));
  for (const one of all) pool.add(one);
  return { pool, all };
}

/** Takes in what another node tells, as long as it is. */
function insert(pool: ContainerPool, bytes: Uint8Array, author: string, time = TEST_TIME): boolean {
  return pool.insert({ bytes, sizeBytes: bytes.length, author }, time);
}

/** Takes in what another node tells, and has it verified. */
function takeIn(pool: ContainerPool, container: Uint8Array, author = '', time = TEST_TIME): void {
  insert(pool, container, author, time);
  expect(pool.takeUnverified(AHEAD)).toBe(container);
  pool.judge(container, true);
}

const proposed = (pool: ContainerPool) => [...pool.containers()].map(({ bytes }) => bytes);

describe('the pool of containers', () => {
  it('packs what waits, in its order, within the bounds of a container', () => {
    const { pool, all } = poolOf(CONTAINER_LIMITS.transactionsMax + 10);
    const packed = pool.pack(TEST_TIME);
    expect(packed.map((one) => one.waiting.length)).toEqual([CONTAINER_LIMITS.transactionsMax, 10]);
    expect(packed.flatMap((one) => one.waiting)).toEqual(all);
    for (const { bytes, waiting: own } of packed) {
      expect(bytes.length).toBeLessThanOrEqual(CONTAINER_LIMITS.bytesMax);
      const envelopes = own.map(({ transaction }) => transaction.envelope);
      expect(openContainer(bytes)?.envelopes).toEqual(envelopes);
    }
    expect(pool.pack(TEST_TIME)).toEqual([]);
  });

  it('packs the longest envelope alone, and no more bytes than a container may have', () => {
    const { pool } = poolOf(3, CONTAINER_LIMITS.envelopesBytesMax);
    const packed = pool.pack(TEST_TIME);
    expect(packed).toHaveLength(3);
    for (const { bytes } of packed) expect(openContainer(bytes)).not.toBeNull();
  });

  it('knows a transaction until a block takes it, and who waits for it', () => {
    const { pool, all } = poolOf(2);
    const { id } = all[0]!.transaction;
    expect(pool.has(id)).toBe(true);
    pool.pack(TEST_TIME);
    expect(pool.has(id)).toBe(true);
    expect(pool.takeSubmitter(id)).toBe(all[0]);
    expect(pool.takeSubmitter(id)).toBeUndefined();
    expect(pool.has(id)).toBe(false);
    expect(pool.count).toBe(1);
  });

  it('tells who of ours waits what a block took before it was packed', () => {
    const { pool, all } = poolOf(3);
    expect(pool.takeSubmitter(all[1]!.transaction.id)).toBe(all[1]);
    expect(pool.takeSubmitter(all[1]!.transaction.id)).toBeUndefined();
    expect(pool.count).toBe(2);
    expect(pool.pack(TEST_TIME).flatMap((one) => one.waiting)).toEqual([all[0], all[2]]);
  });

  it('tells the others once, and again after a while in which no block came', () => {
    const { pool } = poolOf(1);
    const { bytes } = pool.pack(TEST_TIME)[0]!;
    expect(pool.tell(1000)).toEqual([bytes]);
    expect(pool.tell(5000)).toEqual([]);
    expect(pool.tell(6000)).toEqual([bytes]);
    pool.commit([bytes]);
    expect(pool.tell(60_000)).toEqual([]);
  });

  it('knows a container that a block has taken when it comes late', () => {
    const { pool } = poolOf(0);
    const container = packContainer([Uint8Array.of(1)]);
    expect(pool.isKnown(container)).toBe(false);
    takeIn(pool, container);
    expect(pool.isKnown(container)).toBe(true);
    expect(proposed(pool)).toEqual([container]);
    pool.commit([container]);
    expect(pool.isKnown(container)).toBe(true);
    expect(proposed(pool)).toEqual([]);
    expect(pool.bytes).toBe(0);
  });

  it('forgets containers when all they can hold is past its time, and says who waited', () => {
    const { pool, all } = poolOf(2);
    pool.pack(TEST_TIME);
    takeIn(pool, packContainer([Uint8Array.of(1)]), '', TEST_TIME + 100);
    pool.takeSubmitter(all[0]!.transaction.id);
    expect(pool.expire(TEST_TIME + 180)).toEqual([]);
    expect(proposed(pool)).toHaveLength(2);
    expect(pool.expire(TEST_TIME + 181)).toEqual([all[1]]);
    expect(proposed(pool)).toHaveLength(1);
    expect(pool.expire(TEST_TIME + 281)).toEqual([]);
    expect(proposed(pool)).toEqual([]);
  });

  it('is full when so much waits, packed or not', () => {
    const { pool } = poolOf(0);
    const size = ENGINE_LIMITS.waitingBytesMax / 128;
    for (let i = 0; i < 128; i++) pool.add(waiting(size));
    const { envelope } = waiting().transaction;
    expect(codeOf(() => pool.checkRoom(envelope))).toBe('ENGINE_BUSY');
    pool.pack(TEST_TIME);
    expect(codeOf(() => pool.checkRoom(envelope))).toBe('ENGINE_BUSY');
    expect(insert(pool, Uint8Array.of(1), '')).toBe(false);
    expect(insert(pool, Uint8Array.of(1), 'another')).toBe(true);
  });

  it('gives back everyone who waits when there will be no answer', () => {
    const { pool, all } = poolOf(2);
    pool.pack(TEST_TIME);
    const later = waiting();
    pool.add(later);
    expect(pool.takeAll()).toEqual([...all, later]);
    expect(pool.count).toBe(0);
  });
});

describe('the containers of a block', () => {
  const envelope = new Uint8Array(300_000);

  it('are read each for itself: what is none is null', () => {
    const good = packContainer([Uint8Array.of(1), Uint8Array.of(2)]);
    const long = packContainer([envelope]);
    const torn = good.slice(0, -1);
    const tooLong = new Uint8Array(CONTAINER_LIMITS.bytesMax + 1);
    expect(openContainers([torn, good, new Uint8Array(0), tooLong, long])).toEqual([
      null,
      { envelopes: [Uint8Array.of(1), Uint8Array.of(2)], sizeBytes: 2 },
      null,
      null,
      { envelopes: [envelope], sizeBytes: envelope.length },
    ]);
  });

  it('are null behind the most bytes of a block, and a smaller one still fits', () => {
    const long = packContainer([envelope]);
    const short = packContainer([Uint8Array.of(1)]);
    const fitting = Math.floor(LEDGER_LIMITS.blockBytesMax / envelope.length);
    const block = [...Array.from({ length: fitting + 1 }, () => long), short];
    const read = openContainers(block);
    expect(read.map((one) => one !== null)).toEqual([
      ...Array.from({ length: fitting }, () => true),
      false,
      true,
    ]);
  });

  it('are null behind the most transactions of a block', () => {
    const own = Array.from({ length: CONTAINER_LIMITS.transactionsMax }, () => Uint8Array.of(1));
    const full = packContainer(own);
    const fitting = Math.floor(LEDGER_LIMITS.transactionsPerBlockMax / own.length);
    const read = openContainers(Array.from({ length: fitting + 2 }, () => full));
    expect(read.filter((one) => one !== null)).toHaveLength(fitting);
  });
});

describe('shares of the pool', () => {
  const container = (author: string, size: number) => {
    const bytes = new Uint8Array(size);
    bytes.set(Buffer.from(`${author} ${made++}`));
    return bytes;
  };
  const fill = (pool: ContainerPool, author: string, size: number) => {
    const all: Uint8Array[] = [];
    for (let bytes = container(author, size); insert(pool, bytes, author); ) {
      all.push(bytes);
      bytes = container(author, size);
    }
    return all;
  };
  const verifyAll = (pool: ContainerPool) => {
    const order: Uint8Array[] = [];
    for (
      let next = pool.takeUnverified(AHEAD);
      next !== undefined;
      next = pool.takeUnverified(AHEAD)
    ) {
      order.push(next);
      pool.judge(next, true);
    }
    return order;
  };

  it('let an author who takes everything take half, and others still come in', () => {
    const pool = new ContainerPool(crypto);
    expect(fill(pool, 'flood', 256)).toHaveLength(POOL_LIMITS.containersMax / 2);
    expect(insert(pool, container('other', 256), 'other')).toBe(true);
  });

  it('verify first what comes of those who have least, and nobody far ahead of the blocks', () => {
    const pool = new ContainerPool(crypto);
    const size = AHEAD / 4;
    const flood: Uint8Array[] = Array.from({ length: 6 }, () => container('flood', size));
    for (const bytes of flood) insert(pool, bytes, 'flood');
    const places = () => verifyAll(pool).map((bytes) => flood.indexOf(bytes));
    expect(places()).toEqual([0, 1, 2, 3]);
    const late = container('other', size);
    insert(pool, late, 'other');
    // That of the other one, which is no part of the flood.
    expect(places()).toEqual([-1]);
    pool.commit(flood.slice(0, 2));
    expect(places()).toEqual([4, 5]);
  });

  it('propose by turns, so that who comes late does not wait behind a flood', () => {
    const pool = new ContainerPool(crypto);
    const flood = Array.from({ length: 5 }, () => container('flood', 100));
    const late = [container('late', 60), container('late', 60), container('late', 60)];
    for (const bytes of flood) insert(pool, bytes, 'flood');
    for (const bytes of late) insert(pool, bytes, 'late');
    expect(proposed(pool)).toEqual([]);
    verifyAll(pool);
    const order = proposed(pool);
    expect(order.slice(0, 5)).toEqual([flood[0], late[0], late[1], flood[1], late[2]]);
    expect(order).toHaveLength(8);
  });

  it('forget what does not verify, and what was committed unverified', () => {
    const pool = new ContainerPool(crypto);
    const [bad, committed] = [container('a', 10), container('a', 10)];
    for (const bytes of [bad, committed]) insert(pool, bytes, 'a');
    expect(pool.takeUnverified(AHEAD)).toBe(bad);
    pool.judge(bad, false);
    pool.commit([committed]);
    expect(pool.takeUnverified(AHEAD)).toBeUndefined();
    expect(pool.bytes).toBe(0);
  });

  it('keep the transactions of each author in containers of their own', () => {
    const authors = new Map<Uint8Array, string>();
    const pool = new ContainerPool(crypto, (envelope) => authors.get(envelope) ?? '');
    const all = Array.from({ length: 6 }, (_, i) => {
      const one = waiting();
      authors.set(one.transaction.envelope, i % 3 === 0 ? 'a' : 'b');
      return one;
    });
    for (const one of all) pool.add(one);
    const packed = pool.pack(TEST_TIME).map((one) => one.waiting);
    expect(packed).toEqual([
      [all[0], all[3]],
      [all[1], all[2], all[4], all[5]],
    ]);
    for (const { transaction } of all) pool.takeSubmitter(transaction.id);
    expect(pool.count).toBe(0);
  });
});
