import { MemoryStorage } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { compareBytes, parseTransaction, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_LIGHT_BLOCK, TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotMaker } from './snapshot-maker.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
/** Small, so that a snapshot has many chunks. */
const BODY_BYTES = 600;

let written = 0;
/** A transaction that writes some slots of its own. */
function writeSlots({ time }: TestChain, count = 3) {
  const slots = Array.from({ length: count }, () => {
    const address = crypto.sha256(Buffer.from(`slot ${written++}`));
    return { address, value: address };
  }).sort((a, b) => compareBytes(a.address, b.address));
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

/** A chain with some hundred keys, over a few minutes, some blocks empty. */
function grownChain(blocks = 40): TestChain {
  const chain = new TestChain(ledger, { checksInvariants: false });
  for (let i = 0; i < blocks; i++) {
    chain.time += 7;
    chain.block(i % 5 === 4 ? [] : [writeSlots(chain), writeSlots(chain)]);
  }
  return chain;
}

function allOf(maker: SnapshotMaker): { chunks: Uint8Array[]; snapshot: Snapshot } {
  const chunks: Uint8Array[] = [];
  for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
  return { chunks, snapshot: maker.snapshot };
}

function snapshotOf(chain: TestChain, bodyBytes = BODY_BYTES) {
  const made = allOf(chain.machine.snapshots.make(bodyBytes));
  chain.machine.snapshots.release();
  return made;
}

function joinWith({ chunks, snapshot }: ReturnType<typeof allOf>): TestChain {
  const joined = new TestChain(ledger, { checksInvariants: false });
  const intake = joined.machine.snapshots.take({ snapshot, lightBlock: TEST_LIGHT_BLOCK });
  for (const [i, chunk] of chunks.entries()) {
    expect(intake.next).toBe(i);
    expect(intake.take(chunk)).toBe(i === chunks.length - 1);
  }
  return joined;
}

function expectSame(joined: TestChain, chain: TestChain): void {
  expect(toHex(joined.machine.appHash)).toBe(toHex(chain.machine.appHash));
  expect(joined.machine.height).toBe(chain.machine.height);
  expect(joined.machine.time).toBe(chain.machine.time);
  expect([...joined.machine.entries()]).toEqual([...chain.machine.entries()]);
}

describe('a node that takes a snapshot', () => {
  it('has the state of the others, and goes on with them, also behind restarts', () => {
    const chain = grownChain();
    const made = snapshotOf(chain);
    expect(made.snapshot.stateChunks).toBeGreaterThan(5);
    expect(made.snapshot.idChunks).toBeGreaterThan(1);
    const joined = joinWith(made);
    expectSame(joined, chain);
    joined.restart();
    expectSame(joined, chain);
    expect(joined.machine.oldestBlock).toBe(chain.machine.height + 1);
    expect(joined.machine.snapshots.joined).toMatchObject({ height: chain.machine.height });
    for (let i = 0; i < 30; i++) {
      const transactions = [writeSlots(chain)];
      for (const one of [chain, joined]) {
        one.time = chain.time;
        one.block(transactions);
      }
      chain.time += 1;
      if (i % 10 === 3) joined.machine.checkpoint();
      if (i % 10 === 9) joined.restart();
      expect(toHex(joined.machine.appHash)).toBe(toHex(chain.machine.appHash));
    }
    expect([...joined.machine.entries()]).toEqual([...chain.machine.entries()]);
  });

  it('refuses what was taken before it came, and forgets it when its time is over', () => {
    const chain = grownChain(3);
    const transaction = writeSlots(chain);
    chain.block([transaction]);
    const joined = joinWith(snapshotOf(chain));
    joined.time = chain.time;
    for (const restarts of [false, true]) {
      if (restarts) joined.restart();
      expect(codeOf(() => joined.machine.check(transaction, chain.time))).toBe(
        'TRANSACTION_REPLAYED',
      );
      expect(joined.verdicts(transaction)).toEqual(['TRANSACTION_REPLAYED']);
    }
    joined.time += 200;
    expect(joined.verdicts(transaction)).toEqual(['TRANSACTION_EXPIRED']);
  });

  it('keeps what it took over until blocks of its own have all that is remembered', () => {
    const chain = grownChain(10);
    const joined = joinWith(snapshotOf(chain));
    joined.time = chain.time + 1;
    for (let i = 0; i < 4; i++) joined.block([writeSlots(joined)]);
    expect(codeOf(() => joined.machine.snapshots.make())).toBe('SNAPSHOT_NOT_READY');
    joined.machine.prune(joined.machine.height);
    expect(joined.machine.snapshots.joined).toBeDefined();
    joined.time += 241;
    joined.block([writeSlots(joined)]);
    joined.machine.prune(joined.machine.height);
    expect(joined.machine.snapshots.joined).toBeUndefined();
    const { appHash } = joined.machine;
    joined.restart();
    expect(joined.machine.appHash).toEqual(appHash);
    expectSame(joinWith(snapshotOf(joined)), joined);
  });

  it('may be at its height already, and never goes back', () => {
    const chain = grownChain();
    const older = snapshotOf(chain);
    const joined = joinWith(older);
    chain.block([writeSlots(chain)]);
    const made = snapshotOf(chain);
    for (let i = 0; i < 2; i++) {
      const intake = joined.machine.snapshots.take({ ...made, lightBlock: TEST_LIGHT_BLOCK });
      for (const chunk of made.chunks) intake.take(chunk);
      expectSame(joined, chain);
      joined.restart();
      expectSame(joined, chain);
    }
    const back = { snapshot: older.snapshot, lightBlock: TEST_LIGHT_BLOCK };
    expect(codeOf(() => joined.machine.snapshots.take(back))).toBe('SNAPSHOT_INVALID');
    expectSame(joined, chain);
  });

  it('goes on as it was where only a part of a snapshot came before it was ended', () => {
    const chain = grownChain();
    const { chunks, snapshot } = snapshotOf(chain);
    const joined = new TestChain(ledger);
    const { appHash } = joined.machine;
    for (const count of [1, snapshot.stateChunks, chunks.length - 1]) {
      const intake = joined.machine.snapshots.take({ snapshot, lightBlock: TEST_LIGHT_BLOCK });
      for (const chunk of chunks.slice(0, count)) intake.take(chunk);
      joined.restart();
      expect(joined.machine.height).toBe(0);
      expect(joined.machine.appHash).toEqual(appHash);
    }
    const intake = joined.machine.snapshots.take({ snapshot, lightBlock: TEST_LIGHT_BLOCK });
    for (const chunk of chunks) intake.take(chunk);
    expectSame(joined, chain);
  });
});

describe('a snapshot', () => {
  it('has the same bytes on every node, whatever comes between its chunks', () => {
    const storage = new MemoryStorage();
    const chain = grownChain();
    const twin = new TestChain(ledger, { checksInvariants: false }, storage);
    for (let height = 1; height <= chain.machine.height; height++) {
      const { time, transactions } = chain.machine.block(height)!;
      twin.time = time;
      twin.block(
        transactions.map((envelope) => {
          const { id, digest } = parseTransaction(envelope, crypto);
          return { envelope, id, digest, passkeys: [undefined] };
        }),
      );
      if (height === 20) twin.machine.checkpoint();
      if (height === 30) twin.restart();
    }
    const plain = snapshotOf(chain);
    const maker = twin.machine.snapshots.make(BODY_BYTES);
    const chunks: Uint8Array[] = [];
    for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) {
      chunks.push(chunk);
      for (let i = 0; i < 3; i++) twin.block([writeSlots(twin)]);
    }
    twin.machine.snapshots.release();
    expect(maker.snapshot).toEqual(plain.snapshot);
    expect(chunks).toEqual(plain.chunks);
  });

  it('is refused at the chunk in which a byte is another, or that is not the next', () => {
    const { chunks, snapshot } = snapshotOf(grownChain(12));
    const joined = new TestChain(ledger);
    const intake = joined.machine.snapshots.take({ snapshot, lightBlock: TEST_LIGHT_BLOCK });
    const tried = (chunk: Uint8Array) => codeOf(() => intake.take(chunk));
    for (const [i, chunk] of chunks.entries()) {
      for (let at = 0; at < chunk.length; at += 1 + Math.floor(chunk.length / 40)) {
        const altered = chunk.slice();
        altered[at]! ^= 1 << (at % 8);
        expect(tried(altered)).toBe('SNAPSHOT_INVALID');
      }
      for (const [other, wrong] of chunks.entries()) {
        if (other !== i) expect(tried(wrong)).toBe('SNAPSHOT_INVALID');
      }
      intake.take(chunk);
    }
    expect(tried(chunks[0]!)).toBe('SNAPSHOT_INVALID');
  });

  it('cannot say that it has fewer or more chunks, or was made at another time', () => {
    const { chunks, snapshot } = snapshotOf(grownChain(12));
    const liesAt = (change: Partial<Snapshot>) => {
      const { machine } = new TestChain(ledger);
      const lie = { ...snapshot, ...change };
      const intake = machine.snapshots.take({ snapshot: lie, lightBlock: TEST_LIGHT_BLOCK });
      const taken = chunks.findIndex((chunk) => {
        try {
          intake.take(chunk);
          return false;
        } catch {
          return true;
        }
      });
      expect(machine.height).toBe(0);
      return taken;
    };
    const { stateChunks, idChunks } = snapshot;
    expect(liesAt({ stateChunks: stateChunks - 1 })).toBe(stateChunks - 2);
    expect(liesAt({ stateChunks: stateChunks + 1 })).toBe(stateChunks - 1);
    expect(liesAt({ idChunks: 0 })).toBe(stateChunks - 1);
    expect(liesAt({ idChunks: idChunks - 1 })).toBe(chunks.length - 2);
    expect(liesAt({ idChunks: idChunks + 1 })).toBe(chunks.length - 1);
    expect(liesAt({ time: snapshot.time + 400 })).toBe(stateChunks - 1);
    expect(liesAt({ appHash: crypto.sha256(snapshot.appHash) })).toBe(0);
  });

  it('is of the genesis where there is but one block, and of none before', () => {
    const chain = new TestChain(ledger);
    expect(codeOf(() => chain.machine.snapshots.make())).toBe('SNAPSHOT_NOT_READY');
    chain.block();
    const made = snapshotOf(chain);
    expect(made.snapshot.idChunks).toBe(0);
    expectSame(joinWith(made), chain);
  });
});
