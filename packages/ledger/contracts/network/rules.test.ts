import { loadCrypto } from '@ward/protocol/crypto';
import { validatorKey } from '@ward/testkit/governed-ledger';
import { TestLedger } from '@ward/testkit/test-ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasRight, RIGHTS, ROLES, type Role } from './roles.ts';
import {
  areWholeRules,
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  isReached,
  partNeeded,
  partOf,
  type Rules,
} from './rules.ts';
import { chooseActive, powerOf, signValidatorKey, validatorKeyBytes } from './validators.ts';

const crypto = await loadCrypto();
const { realm, members } = new TestLedger(crypto);
const staked: Rules = { ...DEFAULT_RULES, weighting: 'stake', stakePerPower: 10, bondMin: 25 };

describe('what roles may do', () => {
  const rightsOf = (role: Role) =>
    RIGHTS.filter((right) => hasRight({ roles: [role], status: 'active' }, right));

  it('stands in one table', () => {
    const table = Object.fromEntries(ROLES.map((role) => [role, rightsOf(role).join(' ')]));
    expect(table).toEqual({
      association: 'propose vote validate',
      laboratory: 'propose vote validate',
      manufacturer: 'propose vote validate',
      payer: 'propose vote validate',
      pharmacy: 'propose vote validate',
      provider: 'propose vote validate',
      registrar: 'register propose vote validate',
      regulator: 'propose',
      researcher: 'propose vote validate',
    });
  });

  it('is what any of them may, and nothing for who is suspended or nobody', () => {
    const both = { roles: ['regulator', 'payer'] as const, status: 'active' as const };
    expect(hasRight(both, 'vote')).toBe(true);
    expect(hasRight(both, 'register')).toBe(false);
    expect(hasRight({ ...both, status: 'suspended' }, 'vote')).toBe(false);
    expect(hasRight({ ...both, roles: [] }, 'propose')).toBe(false);
    expect(hasRight(null, 'propose')).toBe(false);
  });
});

describe('fractions', () => {
  const anyFraction = fc
    .record({ denominator: fc.integer({ min: 1, max: 1_000_000 }), share: fc.nat(1_000_000) })
    .map(({ denominator, share }) => ({ numerator: share % (denominator + 1), denominator }));

  it('are reached from the exact part on', () => {
    const twoThirds = { numerator: 2, denominator: 3 };
    expect([3, 4].map((part) => isReached(twoThirds, { part, whole: 5 }))).toEqual([false, true]);
    expect(isReached(twoThirds, { part: 2, whole: 3 })).toBe(true);
    fc.assert(
      fc.property(anyFraction, fc.nat(3800), (fraction, whole) => {
        const { numerator, denominator } = fraction;
        const least = Math.ceil((whole * numerator) / denominator);
        expect(isReached(fraction, { part: least, whole })).toBe(true);
        if (least > 0) expect(isReached(fraction, { part: least - 1, whole })).toBe(false);
        expect(partNeeded(fraction, whole)).toBe(least);
      }),
    );
  });

  it('of amounts are rounded down, however large, and leave the rest', () => {
    expect(partOf(Number.MAX_SAFE_INTEGER, { numerator: 1, denominator: 1 })).toBe(
      Number.MAX_SAFE_INTEGER,
    );
    expect(partOf(9, { numerator: 1, denominator: 10 })).toBe(0);
    fc.assert(
      fc.property(fc.maxSafeNat(), anyFraction, (amount, fraction) => {
        const part = partOf(amount, fraction);
        expect(Number.isSafeInteger(part)).toBe(true);
        expect(part).toBeLessThanOrEqual(amount);
        const exact = BigInt(amount) * BigInt(fraction.numerator);
        const rest = exact - BigInt(part) * BigInt(fraction.denominator);
        expect(rest >= 0n && rest < BigInt(fraction.denominator)).toBe(true);
      }),
    );
  });
});

describe('rules', () => {
  it('that are given as a beginning can be lived by', () => {
    expect(areWholeRules(DEFAULT_RULES, DEFAULT_CONSENSUS)).toBe(true);
  });

  it('decide by more than a half, so that no two halves decide against each other', () => {
    const anyThreshold = fc.record({
      numerator: fc.nat(100),
      denominator: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(anyThreshold, fc.integer({ min: 1, max: 100 }), (membership, whole) => {
        if (!areWholeRules({ ...DEFAULT_RULES, membership }, DEFAULT_CONSENSUS)) return;
        for (let yes = 0; yes <= whole; yes++) {
          const both = [yes, whole - yes].map((part) => isReached(membership, { part, whole }));
          expect(both).not.toEqual([true, true]);
        }
      }),
    );
  });
});

describe('the power of a validator', () => {
  it('is one, or one for so many units from the least bond on', () => {
    expect(powerOf(0, DEFAULT_RULES)).toBe(1);
    expect([0, 24, 25, 29, 30, 1000].map((bonded) => powerOf(bonded, staked))).toEqual([
      ...[0, 0, 2, 2, 3, 100],
    ]);
    const one = { ...staked, stakePerPower: 1 };
    expect(powerOf(Number.MAX_SAFE_INTEGER, one)).toBe(1_000_000_000_000);
  });

  it('never grows past what engines can add up', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 1_000_000 }), (bonded, per) => {
        const power = powerOf(bonded, { ...staked, stakePerPower: per });
        expect(Number.isSafeInteger(power)).toBe(true);
        expect(BigInt(power) * 200n < 2n ** 60n).toBe(true);
        expect(power * per).toBeLessThanOrEqual(bonded);
      }),
    );
  });
});

describe('choosing validators', () => {
  const anyAble = fc
    .uniqueArray(fc.record({ id: fc.nat(255), power: fc.nat(5) }), {
      maxLength: 12,
      selector: ({ id }) => id,
    })
    .map((all) =>
      all.map(({ id, power }) => {
        const organisation = new Uint8Array(16).fill(id);
        return { organisation, publicKey: new Uint8Array(32).fill(id), power };
      }),
    );

  it('takes the heaviest, by id where they weigh the same, in the order of ids', () => {
    fc.assert(
      fc.property(anyAble, fc.integer({ min: 1, max: 6 }), (able, validatorsMax) => {
        const chosen = chooseActive(able, { ...staked, validatorsMax });
        const willing = able.filter(({ power }) => power > 0);
        expect(chosen).toHaveLength(Math.min(validatorsMax, willing.length));
        const ids = chosen.map(({ organisation }) => organisation[0]!);
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
        for (const out of willing.filter((one) => !chosen.includes(one))) {
          const isBehind = chosen.every(
            ({ organisation, power }) =>
              power > out.power || (power === out.power && organisation[0]! < out.organisation[0]!),
          );
          expect(isBehind).toBe(true);
        }
      }),
    );
  });

  it('does not depend on the order in which they come', () => {
    fc.assert(
      fc.property(anyAble, (able) => {
        expect(chooseActive(able.toReversed(), staked)).toEqual(chooseActive(able, staked));
      }),
    );
  });
});

describe('a validator’s key', () => {
  it('signs whose it is, in one network', () => {
    const [{ id }] = members as [(typeof members)[0]];
    const { publicKey, signature } = signValidatorKey(id, validatorKey(crypto, 0), realm);
    const { ed25519 } = crypto;
    expect(ed25519.verify(signature, validatorKeyBytes(id, realm), publicKey)).toBe(true);
    const elsewhere = { ...realm, network: new Uint8Array(32) };
    expect(ed25519.verify(signature, validatorKeyBytes(id, elsewhere), publicKey)).toBe(false);
    const other = validatorKeyBytes(members[1]!.id, realm);
    expect(ed25519.verify(signature, other, publicKey)).toBe(false);
  });
});
