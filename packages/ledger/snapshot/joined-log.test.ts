import { compareBytes, equalBytes, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_LIGHT_BLOCK, TestChain } from '@ward/testkit/test-chain';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { WriteSlots } from '../contracts/slots/messages.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { StateMachine } from '../state-machine.ts';
import { parseChunk } from './chunk.ts';
import type { Snapshot } from './snapshot.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis } = ledger;
const BODY_BYTES = 900;

let written = 0;
function writeSlots(time: number, count: number) {
  const slots = Array.from({ length: count }, () => {
    const address = crypto.sha256(Buffer.from(`joined ${written++}`));
    return { address, value: crypto.sha256(address) };
  }).sort((a, b) => compareBytes(a.address, b.address));
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
}

interface Made {
  readonly chain: TestChain;
  readonly snapshot: Snapshot;
  readonly chunks: readonly Uint8Array[];
}

/** A chain whose blocks are so many seconds apart, and its snapshot. */
function made(blocks: number, seconds: number): Made {
  const chain = new TestChain(ledger, { checksInvariants: false });
  for (let i = 0; i < blocks; i++) {
    chain.time += seconds;
    chain.block([writeSlots(chain.time, 4), writeSlots(chain.time, 2)]);
  }
  const maker = chain.machine.snapshots.make(BODY_BYTES);
  const chunks: Uint8Array[] = [];
  for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
  chain.machine.snapshots.release();
  return { chain, snapshot: maker.snapshot, chunks };
}

function open(storage: MemoryStorage): StateMachine {
  return StateMachine.open({ storage, crypto, genesis });
}

function takeAll(machine: StateMachine, { snapshot, chunks }: Made): void {
  const intake = machine.snapshots.take({ snapshot, lightBlock: TEST_LIGHT_BLOCK });
  for (const chunk of chunks) intake.take(chunk);
}

/** The first bytes of a log, as a crash may leave them. */
function cut(storage: MemoryStorage, size: number): MemoryStorage {
  const shorter = new MemoryStorage();
  shorter.append(storage.read(0, size).slice());
  return shorter;
}

describe('a log into which a snapshot was taken', () => {
  it('is that of the genesis or that of the snapshot, wherever a crash cut it', () => {
    const one = made(6, 20);
    const storage = new MemoryStorage();
    const machine = open(storage);
    const before = storage.size;
    const { appHash: atGenesis } = machine;
    takeAll(machine, one);
    const whole = storage.size;
    const step = Math.max(1, Math.floor((whole - before) / 120));
    for (let size = before; size < whole; size += step) {
      const reopened = open(cut(storage, size));
      expect(reopened.height).toBe(0);
      expect(toHex(reopened.appHash)).toBe(toHex(atGenesis));
      expect(reopened.snapshots.joined).toBeUndefined();
    }
    const reopened = open(cut(storage, whole));
    expect(reopened.height).toBe(6);
    expect(toHex(reopened.appHash)).toBe(toHex(one.snapshot.appHash));
    expect(reopened.snapshots.joined?.lightBlock).toEqual(TEST_LIGHT_BLOCK);
  });

  it('can be taken over once more from a later snapshot, which then counts', () => {
    const storage = new MemoryStorage();
    const machine = open(storage);
    takeAll(machine, made(3, 20));
    const later = made(8, 20);
    takeAll(machine, later);
    for (const one of [machine, open(storage)]) {
      expect(one.height).toBe(8);
      expect(toHex(one.appHash)).toBe(toHex(later.snapshot.appHash));
      expect(one.oldestBlock).toBe(9);
      expect(one.block(8)).toBeUndefined();
      expect(one.block(3)).toBeUndefined();
    }
  });

  it('has the root that the definition gives, and forgets what was read before', () => {
    const one = made(5, 20);
    const storage = new MemoryStorage();
    const machine = open(storage);
    // Read before: the records of the genesis must not be taken for those of the snapshot.
    machine.check(writeSlots(TEST_TIME, 1), TEST_TIME);
    takeAll(machine, one);
    const entries = [...machine.entries()].map(({ key, value }) => [key, value] as const);
    const tree = new NaiveStateTree(entries, crypto);
    expect(toHex(tree.root)).toBe(toHex(one.snapshot.appHash));
    expect(codeOf(() => machine.prove(new Uint8Array(3), 2))).toBe('HEIGHT_NOT_RETAINED');
    const time = one.chain.time + 1;
    machine.execute({ height: 6, time, transactions: [writeSlots(time, 3)] });
    machine.commit({ lightBlock: TEST_LIGHT_BLOCK });
    expect(machine.block(6)?.transactions).toHaveLength(1);
    expect(machine.find(new Uint8Array(32))).toBeUndefined();
  });
});

describe('the ids in a snapshot', () => {
  const idsIn = ({ chunks }: Made) =>
    chunks.flatMap((bytes) => {
      const chunk = parseChunk(bytes)!;
      return chunk.kind === 'ids' ? chunk.groups : [];
    });

  it('are those whose minute has not passed, of each minute the newest first', () => {
    const one = made(30, 20);
    const groups = idsIn(one);
    const minutes = groups.map(({ minute }) => minute);
    expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
    for (const minute of minutes) {
      expect((minute + 1) * 60 - 1).toBeGreaterThan(one.snapshot.time);
    }
    const zeros = new Uint8Array(32);
    for (const [i, { minute, chainBefore }] of groups.entries()) {
      const isOldest = groups[i + 1]?.minute !== minute;
      expect(equalBytes(chainBefore, zeros)).toBe(isOldest);
    }
    const { machine } = one.chain;
    const remembered = groups.reduce((sum, { ids }) => sum + ids.length / 32, 0);
    // A transaction of these is valid for a minute: those of the last few blocks are left.
    expect(remembered).toBeGreaterThan(4);
    expect(remembered).toBeLessThan(12);
    expect(machine.height).toBe(30);
  });

  it('are none where nothing was sent for so long that all have passed', () => {
    const chain = new TestChain(ledger, { checksInvariants: false });
    chain.block([writeSlots(chain.time, 1)]);
    chain.time += 300;
    chain.block();
    const maker = chain.machine.snapshots.make();
    while (maker.next() !== undefined);
    expect(maker.snapshot).toMatchObject({ height: 2, idChunks: 0, stateChunks: 1 });
  });
});
