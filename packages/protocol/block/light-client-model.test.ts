import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerHash } from './header.ts';
import { verifyLightBlock } from './light-client.ts';

const crypto = await loadCrypto();
const CHAIN = 'test-chain';
const START = 1_700_000_000;
const RULES = { chain: CHAIN, trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };
const pool = testValidators([1, 2, 3, 5, 8, 13], { seed: 1, crypto });
const some = fc.uniqueArray(fc.nat({ max: pool.length - 1 }), { minLength: 1 });
const chosen = (indexes: readonly number[]) => pool.filter((_, i) => indexes.includes(i));
const powerOf = (validators: typeof pool) => validators.reduce((sum, { power }) => sum + power, 0);

describe('a light client', () => {
  it('agrees with a plain count of powers, for any sets and signers', () => {
    const cases = fc.record({
      old: some,
      fresh: some,
      signing: some,
      ahead: fc.constantFrom(1, 7),
    });
    fc.assert(
      fc.property(cases, ({ old, fresh, signing, ahead }) => {
        const [trustedSet, set] = [chosen(old), chosen(fresh)];
        const signers = set.filter((one) => chosen(signing).includes(one));
        const blockAt = (height: number, validators: typeof pool, next: typeof pool) =>
          signLightBlock(
            {
              ...{ chain: CHAIN, height, validators, nextValidators: next, signers },
              time: { seconds: START + height, nanos: 0 },
            },
            crypto,
          );
        const { header } = blockAt(1, trustedSet, trustedSet);
        const hash = headerHash(header, crypto);
        const trusted = { header, hash, nextValidators: trustedSet };
        const block = blockAt(1 + ahead, set, set);
        const both = signers.filter((one) => trustedSet.includes(one));
        const isNamed = old.toSorted().join() === fresh.toSorted().join();
        const isTrusted = ahead === 1 ? isNamed : powerOf(both) * 3 > powerOf(trustedSet);
        const isCommitted = powerOf(signers) * 3 > powerOf(set) * 2;
        const untrusted = ahead === 1 ? 'HEADER_MISMATCH' : 'HEADER_UNTRUSTED';
        const wanted = !isTrusted ? untrusted : isCommitted ? undefined : 'HEADER_MISMATCH';
        const work = () => verifyLightBlock({ trusted, block, now: START + 20 }, RULES, crypto);
        expect(codeOf(work)).toBe(wanted);
      }),
    );
  });
});
