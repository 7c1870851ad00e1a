import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosign } from './cosignature.ts';
import { checkWitnesses, judgeWitnesses } from './witness-policy.ts';

const crypto = await loadCrypto();
const ORIGIN = 'ward/00/example-1';
const NOW = 1_800_000_000;
const KEYS = [1, 2, 3, 4].map((seed) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)));
const WITNESSES = KEYS.map(({ publicKey }, i) => ({ name: `w${i}`, publicKey }));
const hashOf = (height: number, isTrue: boolean) =>
  new Uint8Array(32).fill(isTrue ? height : height + 100);

/** What one witness says: about which height, how long ago, and whether of the same ledger. */
const word = fc.record({
  witness: fc.nat({ max: KEYS.length - 1 }),
  height: fc.integer({ min: 1, max: 9 }),
  ageSeconds: fc.integer({ min: -30, max: 90 }),
  isTrue: fc.boolean(),
});

describe('a policy of witnesses', () => {
  it('agrees with a plain count over any words, in any order', () => {
    const cases = fc.record({
      words: fc.array(word, { maxLength: 8 }),
      quorum: fc.integer({ min: 1, max: KEYS.length }),
      known: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(cases, ({ words, quorum, known }) => {
        const notes = words.map(({ witness, height, ageSeconds, isTrue }) => {
          const checkpoint = { origin: ORIGIN, height, hash: hashOf(height, isTrue) };
          const key = { name: `w${witness}`, keyPair: KEYS[witness]! };
          return cosign({ checkpoint, time: NOW - ageSeconds }, key, crypto);
        });
        const hashAt = (height: number) => (height <= known ? hashOf(height, true) : undefined);
        const policy = { ...{ witnesses: WITNESSES, quorum }, ageSecondsMax: 60 };
        const verdict = judgeWitnesses(
          { origin: ORIGIN, notes, hashAt, now: NOW },
          { ...policy, clockDriftSeconds: 10 },
          crypto,
        );
        const heard = words.filter(({ height }) => height <= known);
        const isYoung = (ageSeconds: number) => ageSeconds <= 60 && ageSeconds >= -10;
        const confirming = heard.filter(({ isTrue, ageSeconds }) => isTrue && isYoung(ageSeconds));
        const count = new Set(confirming.map(({ witness }) => witness)).size;
        const isSplit = heard.some(({ isTrue }) => !isTrue);
        const wanted = isSplit ? 'WITNESS_SPLIT' : count < quorum ? 'WITNESS_QUORUM' : undefined;
        expect(codeOf(() => checkWitnesses(verdict, quorum))).toBe(wanted);
        expect(verdict.confirmed).toHaveLength(count);
      }),
    );
  });
});
