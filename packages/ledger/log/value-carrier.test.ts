import { WriteSlots } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { slotKey } from '../contracts/slots/state.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { BlockLog } from './block-log.ts';
import { FRAME_KIND } from './frame.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

/** A ledger in whose blocks so many slots were written, far apart in time. */
function grown(blocks: number, count: number) {
  const storage = new MemoryStorage();
  const chain = new TestChain(ledger, { retainedHeights: 3, checksInvariants: false }, storage);
  const slots: Uint8Array[] = [];
  for (let i = 0; i < blocks; i++) {
    chain.time += 300;
    const written = Array.from({ length: count }, (_, n) => {
      const bytes = crypto.sha256(Uint8Array.of(i, n >> 8, n));
      return { address: bytes, value: bytes };
    });
    const { provider } = ledger;
    const transaction = ledger.serviceTransaction(
      ...([provider, WriteSlots, { slots: written }, chain.time] as const),
    );
    slots.push(...chain.block([transaction]).slots);
  }
  return { chain, storage, slots };
}

function framesOf(storage: MemoryStorage) {
  const log = new BlockLog(storage, crypto);
  const frames: { kind: number; numbers: readonly number[] }[] = [];
  for (let position = storage.start; position < storage.size; ) {
    const { kind, numbers, length } = log.headerAt(position);
    frames.push({ kind, numbers });
    position += length;
  }
  return frames;
}

function valuesOf({ machine }: TestChain): string[] {
  return [...machine.entries()].map(({ key, value }) => `${toHex(key)} ${toHex(value)}`);
}

describe('values that are carried forward', () => {
  it('are those that stood before the cut, each once', () => {
    const { chain, storage, slots } = grown(10, 20);
    const before = valuesOf(chain);
    chain.machine.prune(6);
    const carried = framesOf(storage).filter(({ kind }) => kind === FRAME_KIND.carried);
    const records = carried.reduce((sum, { numbers }) => sum + numbers[0]!, 0);
    // Slots of five blocks, and what the genesis wrote and nothing has replaced.
    expect(records).toBeGreaterThanOrEqual(100);
    expect(records).toBeLessThan(115);
    expect(valuesOf(chain)).toEqual(before);
    expect(chain.machine.prove(slotKey(slots[0]!)).value).not.toBeNull();
  });

  it('are read from where they were carried to, also after a restart', () => {
    const { chain, slots } = grown(8, 5);
    const before = valuesOf(chain);
    for (const below of [3, 6, 8]) {
      chain.machine.prune(below);
      expect(valuesOf(chain)).toEqual(before);
      chain.restart();
      expect(valuesOf(chain)).toEqual(before);
    }
    for (const slot of slots) expect(chain.machine.prove(slotKey(slot)).value).not.toBeNull();
  });

  it('are carried again and again, and never grow in number', () => {
    const { chain, storage } = grown(6, 30);
    chain.machine.prune(5);
    const counts: number[] = [];
    for (let round = 0; round < 5; round++) {
      chain.time += 300;
      chain.block();
      chain.time += 300;
      chain.block();
      chain.machine.prune(chain.machine.height);
      const carried = framesOf(storage).filter(({ kind }) => kind === FRAME_KIND.carried);
      counts.push(carried.reduce((sum, { numbers }) => sum + numbers[0]!, 0));
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
  });

  it('of states that can still be read are carried with those of the newest', () => {
    const { chain } = grown(6, 4);
    const { machine } = chain;
    const heights = [machine.height - 2, machine.height - 1, machine.height];
    const keys = [...machine.entries()].map(({ key }) => key);
    const answers = () =>
      heights.map((height) => keys.map((key) => toHex(machine.prove(key, height).value ?? key)));
    const before = answers();
    machine.prune(machine.height);
    expect(answers()).toEqual(before);
  });

  it('come in frames of about a mebibyte', () => {
    const { chain, storage } = grown(12, 1000);
    chain.machine.prune(11);
    const carried = framesOf(storage).filter(({ kind }) => kind === FRAME_KIND.carried);
    expect(carried.length).toBeGreaterThanOrEqual(1);
    const perFrame = carried.map(({ numbers }) => numbers[0]!);
    // A slot's record has 100 bytes or so.
    for (const count of perFrame) expect(count).toBeLessThan(15_000);
    expect(perFrame.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(9_900);
  });
});
