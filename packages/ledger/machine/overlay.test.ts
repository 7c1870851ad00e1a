import { toHex } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256, sha256Words } from '../state-tree/sha256.ts';
import { Overlay } from './overlay.ts';

function hashOf(key: Uint8Array): Int32Array {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  return words;
}

const key = fc.nat(40).map((n) => Uint8Array.of(n));
const write = fc.record({ key, value: fc.uint8Array({ maxLength: 4 }) });
/** Transactions; every other one is taken back. */
const transactions = fc.array(fc.record({ writes: fc.array(write), isKept: fc.boolean() }));

describe('the overlay', () => {
  it('has the last write of each key, and none of what was taken back', () => {
    fc.assert(
      fc.property(transactions, (given) => {
        const overlay = new Overlay();
        const model = new Map<string, Uint8Array>();
        for (const { writes, isKept } of given) {
          const mark = overlay.mark();
          for (const { key, value } of writes) overlay.put(hashOf(key), key, value);
          if (!isKept) overlay.rollback(mark);
          else for (const { key, value } of writes) model.set(toHex(key), value);
          for (let n = 0; n <= 40; n++) {
            const asked = Uint8Array.of(n);
            expect(overlay.get(hashOf(asked))).toBe(model.get(toHex(asked)));
          }
          expect(overlay.count).toBe(model.size);
        }
        const { batch, keys, values } = overlay.toWrites();
        const sorted = keys.map((key) => toHex(sha256(key)));
        expect(sorted).toEqual([...sorted].sort());
        expect(new Map(keys.map((key, i) => [toHex(key), values[i]]))).toEqual(model);
        expect(batch.count).toBe(model.size);
      }),
    );
  });

  it('grows, is emptied, and grows again', () => {
    const overlay = new Overlay();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++) {
        const key = Uint8Array.of(i >> 8, i);
        expect(overlay.put(hashOf(key), key, key)).toBe(i);
      }
      for (let i = 0; i < 3000; i += 7) {
        const key = Uint8Array.of(i >> 8, i);
        expect(overlay.get(hashOf(key))).toEqual(key);
      }
      overlay.clear();
      expect(overlay.count).toBe(0);
      expect(overlay.get(hashOf(Uint8Array.of(0, 0)))).toBeUndefined();
    }
  });
});
