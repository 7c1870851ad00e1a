import { WriteSlots } from '@ward/ledger/schema';
import { concatBytes, toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { slotKey } from '../contracts/slots/state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

/** Blocks with `count` slots each, a second apart. @returns The slots of each height. */
function grow(chain: TestChain, blocks: number, count: number): Uint8Array[][] {
  const written: Uint8Array[][] = [];
  for (let i = 0; i < blocks; i++) {
    const height = chain.machine.height + 1;
    const slots = Array.from({ length: count }, (_, n) => {
      const bytes = crypto.sha256(Uint8Array.of(height >> 8, height, n >> 8, n));
      return { address: bytes, value: bytes };
    });
    const message = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, chain.time);
    written.push([...chain.block([message]).slots]);
    chain.time += 1;
  }
  return written;
}

/** A digest of everything that can be asked of a ledger: so long that a difference is not shown. */
function answers({ machine }: TestChain, slots: readonly Uint8Array[][]) {
  const keys = slots.flat().map((slot) => slotKey(slot));
  const heights = [0, 1, 2, 3, 4, 5, 6, 7].map((back) => machine.height - back);
  const proofs = heights.map((height) => {
    const proved = keys.map((key) => machine.prove(key, height));
    return digestOf(proved.flatMap(({ value, proof }) => [value, ...proof.siblings, proof.bitmap]));
  });
  const entries = digestOf([...machine.entries()].flatMap(({ key, value }) => [key, value]));
  return [
    machine.height,
    machine.time,
    machine.stats().keys,
    toHex(machine.appHash),
    entries,
    proofs,
  ];
}

function digestOf(parts: readonly (Uint8Array | null)[]): string {
  return toHex(crypto.sha256(concatBytes(...parts.map((part) => part ?? new Uint8Array(1)))));
}

describe('a restart', () => {
  it('has every readable height again: from the log alone, from a checkpoint, behind one', () => {
    const chain = new TestChain(ledger, { retainedHeights: 8 });
    const slots = grow(chain, 20, 3);
    for (const then of ['nothing', 'checkpoint', 'blocks', 'checkpoint', 'nothing']) {
      if (then === 'checkpoint') chain.machine.checkpoint();
      if (then === 'blocks') slots.push(...grow(chain, 3, 2));
      const before = answers(chain, slots);
      chain.restart();
      expect(answers(chain, slots)).toEqual(before);
    }
  });

  it('proves every key under the roots that the blocks had', () => {
    const chain = new TestChain(ledger, { retainedHeights: 8 });
    const roots = new Map<number, Uint8Array>();
    const slots: Uint8Array[][] = [];
    for (let i = 0; i < 12; i++) {
      slots.push(...grow(chain, 1, 4));
      roots.set(chain.machine.height, chain.machine.appHash);
      if (i === 9) chain.machine.checkpoint();
    }
    chain.restart();
    for (let height = 5; height <= 12; height++) {
      for (const [index, written] of slots.entries()) {
        const key = slotKey(written[2]!);
        const proved = chain.machine.prove(key, height);
        expect(proved.value === null).toBe(index + 1 > height);
        expect(verifyState({ key, ...proved }, roots.get(height)!, crypto)).toBe(true);
      }
    }
    expect(() => chain.machine.prove(slotKey(slots[0]![0]!), 4)).toThrow();
    expect(() => chain.machine.prove(slotKey(slots[0]![0]!), 13)).toThrow();
  });

  it('reads a checkpoint of several parts, and goes on from it', () => {
    const chain = new TestChain(ledger, { retainedHeights: 1, checksInvariants: false });
    grow(chain, 18, 1000);
    chain.machine.checkpoint();
    grow(chain, 2, 3);
    const { keys } = chain.machine.stats();
    const root = toHex(chain.machine.appHash);
    chain.restart();
    expect([chain.machine.stats().keys, toHex(chain.machine.appHash)]).toEqual([keys, root]);
    expect(chain.machine.stats().recordsSinceCheckpoint).toBeLessThan(20);
  });

  it('reads a checkpoint whose parts stand between blocks, once all of them are there', () => {
    const chain = new TestChain(ledger, { retainedHeights: 8, checksInvariants: false });
    const slots = [grow(chain, 10, 1000).at(-1)!, ...grow(chain, 8, 1)];
    const records = () => chain.machine.stats().recordsSinceCheckpoint;
    const restarted = () => {
      const before = answers(chain, slots);
      chain.restart();
      expect(answers(chain, slots)).toEqual(before);
    };
    // Given up by a restart in the middle: everything is replayed.
    expect(chain.machine.checkpointPart()).toBe(false);
    slots.push(...grow(chain, 8, 1));
    restarted();
    expect(records()).toBeGreaterThan(10_000);
    let parts = 1;
    for (; !chain.machine.checkpointPart(); parts++) slots.push(...grow(chain, 9, 1));
    expect(parts).toBe(3);
    expect(records()).toBeLessThan(100);
    slots.push(...grow(chain, 8, 1));
    restarted();
    expect(records()).toBeLessThan(100);
  });

  it('counts empty blocks, which change nothing', () => {
    const chain = new TestChain(ledger);
    grow(chain, 2, 1);
    const root = toHex(chain.machine.appHash);
    for (let i = 0; i < 40; i++) {
      chain.time += 5;
      expect(toHex(chain.block().appHash)).toBe(root);
    }
    chain.restart();
    const { machine } = chain;
    expect([machine.height, machine.time, toHex(machine.appHash)]).toEqual([42, chain.time, root]);
    expect(machine.block(30)?.height).toBe(30);
    expect(machine.prove(slotKey(new Uint8Array(32)), 40).value).toBeNull();
  });
});

describe('pruning', () => {
  it('goes on where nothing but empty blocks are made', () => {
    const chain = new TestChain(ledger);
    for (let i = 0; i < 100; i++) {
      chain.time += 10;
      chain.block();
    }
    expect(chain.machine.prune(90)).toBe(77);
    chain.restart();
    expect(chain.machine.height).toBe(100);
    // The newest state that a header commits to is the one before the newest block.
    expect(chain.machine.prove(slotKey(new Uint8Array(32)), 99).value).toBeNull();
  });

  it('drops old blocks and keeps every value, proof and remembered id', () => {
    const chain = new TestChain(ledger, { retainedHeights: 8 });
    const slots = grow(chain, 30, 5);
    chain.time += 500;
    slots.push(...grow(chain, 10, 5));
    const before = answers(chain, slots);
    const { logBytes } = chain.machine.stats();
    expect(chain.machine.prune(20)).toBe(20);
    expect(chain.machine.stats().logBytes).toBeLessThan(logBytes);
    expect(answers(chain, slots)).toEqual(before);
    expect(chain.machine.oldestBlock).toBe(20);
    expect(chain.machine.block(19)).toBeUndefined();
    expect(chain.machine.block(20)?.height).toBe(20);
    chain.restart();
    expect(answers(chain, slots)).toEqual(before);
    expect(chain.machine.oldestBlock).toBe(20);
    expect(chain.machine.block(20)?.height).toBe(20);
  });

  it('keeps what a restart needs, whatever it is asked', () => {
    const chain = new TestChain(ledger, { retainedHeights: 4 });
    const first = grow(chain, 10, 2);
    // All ten blocks lie within the minutes whose ids are remembered.
    expect(chain.machine.prune(1000)).toBe(1);
    chain.time += 500;
    grow(chain, 6, 1);
    expect(chain.machine.prune(1000)).toBe(11);
    grow(chain, 6, 1);
    chain.time += 500;
    grow(chain, 1, 1);
    // The newest block is kept, and the state that it began with.
    expect(chain.machine.prune(1000)).toBe(23);
    expect(chain.machine.prove(slotKey(first[0]![0]!), 20).value).not.toBeNull();
    chain.restart();
    const key = slotKey(first[0]![0]!);
    for (const height of [22, 23]) expect(chain.machine.prove(key, height).value).not.toBeNull();
    expect(codeOf(() => chain.machine.prove(key, 21))).toBe('HEIGHT_NOT_RETAINED');
  });

  it('is not held up by states that were made long ago', () => {
    const chain = new TestChain(ledger);
    const [written] = grow(chain, 1, 1);
    for (let i = 0; i < 200; i++) {
      chain.time += 10;
      chain.block();
    }
    expect(chain.machine.prune(150)).toBe(150);
    for (const then of ['nothing', 'checkpoint', 'blocks', 'checkpoint']) {
      if (then === 'checkpoint') chain.machine.checkpoint();
      if (then === 'blocks') grow(chain, 2, 1);
      chain.restart();
      expect(chain.machine.oldestBlock).toBe(150);
      expect(chain.machine.prove(slotKey(written![0]!), 149).value).not.toBeNull();
    }
    expect(codeOf(() => chain.machine.prove(slotKey(written![0]!), 1))).toBeUndefined();
  });

  it('keeps the log bounded while the ledger goes on', () => {
    const chain = new TestChain(ledger, { retainedHeights: 2, checksInvariants: false });
    const sizes: number[] = [];
    for (let round = 0; round < 12; round++) {
      chain.time += 500;
      for (let i = 0; i < 30; i++) chain.block();
      chain.machine.prune(chain.machine.height);
      chain.restart();
      sizes.push(chain.machine.stats().logBytes);
    }
    expect(Math.max(...sizes.slice(2))).toBeLessThan(2 * sizes[1]!);
  });

  it('finds transactions by their id as long as their blocks are kept', () => {
    const chain = new TestChain(ledger, { retainedHeights: 2 });
    const message = { slots: [{ address: new Uint8Array(32), value: new Uint8Array(32) }] };
    const early = ledger.serviceTransaction(ledger.provider, WriteSlots, message, chain.time);
    chain.block([early]);
    chain.time += 1000;
    grow(chain, 20, 1);
    expect(chain.machine.find(early.id)).toEqual({ height: 1, index: 0 });
    chain.restart();
    expect(chain.machine.find(early.id)).toEqual({ height: 1, index: 0 });
    chain.time += 1000;
    grow(chain, 3, 1);
    chain.machine.prune(10);
    expect(chain.machine.find(early.id)).toBeUndefined();
  });
});
