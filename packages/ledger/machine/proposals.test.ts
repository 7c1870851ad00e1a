import { WardError } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { refuse } from '../schema/errors.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import { checkBlock, selectTransactions } from './proposals.ts';
import type { VerifiedTransaction } from './transaction.ts';

const MEBIBYTE = 1024 * 1024;
const last = { height: 7, time: 1000 };

function sized(bytes: number): VerifiedTransaction {
  const id = new Uint8Array(32);
  return { envelope: new Uint8Array(bytes), id, digest: id, passkeys: [] };
}

const reasonOf = (work: () => void) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof WardError ? error.data.reason : error;
  }
};

describe('a block', () => {
  const check = (changed: object) =>
    reasonOf(() => checkBlock({ height: 8, time: 1000, transactions: [], ...changed }, last));

  it('follows the last one in height, and not before it in time', () => {
    expect(check({})).toBeUndefined();
    expect(check({ time: 5000 })).toBeUndefined();
    expect([check({ height: 7 }), check({ height: 9 }), check({ time: 999 })]).toEqual([
      'height',
      'height',
      'time',
    ]);
  });

  it('has no more transactions and bytes than a block may have', () => {
    const max = LEDGER_LIMITS.transactionsPerBlockMax;
    const one = sized(1);
    expect(check({ transactions: new Array(max).fill(one) })).toBeUndefined();
    expect(check({ transactions: new Array(max + 1).fill(one) })).toBe('count');
    const full = new Array(16).fill(sized(MEBIBYTE));
    expect(check({ transactions: full })).toBeUndefined();
    expect(check({ transactions: [...full, one] })).toBe('size');
    expect(LEDGER_LIMITS.blockBytesMax).toBe(16 * MEBIBYTE);
  });
});

describe('the choice of transactions', () => {
  it('takes them in order, as many as fit', () => {
    const waiting = Array.from({ length: 20 }, () => sized(MEBIBYTE));
    expect(selectTransactions(waiting, () => {})).toEqual(waiting.slice(0, 16));
    const small = Array.from({ length: LEDGER_LIMITS.transactionsPerBlockMax + 5 }, () => sized(1));
    expect(selectTransactions(small, () => {})).toHaveLength(small.length - 5);
  });

  it('passes over what its block would refuse, which takes no room', () => {
    const waiting = Array.from({ length: 40 }, (_, i) => ({ ...sized(MEBIBYTE), passkeys: [], i }));
    const chosen = selectTransactions(waiting, (transaction) => {
      if ((transaction as (typeof waiting)[0]).i % 2 === 0) throw refuse('TRANSACTION_REPLAYED');
    });
    expect(chosen.map((one) => (one as (typeof waiting)[0]).i)).toEqual(
      Array.from({ length: 16 }, (_, n) => 2 * n + 1),
    );
  });

  it('hides no bug of ours', () => {
    const broken = () => {
      throw new TypeError('a bug');
    };
    expect(() => selectTransactions([sized(1)], broken)).toThrow('a bug');
    expect(codeOf(() => selectTransactions([], broken))).toBeUndefined();
  });
});
