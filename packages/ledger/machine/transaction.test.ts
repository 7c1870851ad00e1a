import { WriteSlots } from '@ward/ledger/schema';
import { openTransaction, type TransactionBody, type WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TEST_CHAIN, TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { checkValidity } from './transaction.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const here = { network: ledger.realm.network, chain: TEST_CHAIN };

function transaction() {
  const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
}

describe('the validity of a transaction', () => {
  const { body } = openTransaction(transaction().envelope);
  const code = (changed: Partial<TransactionBody>, time: number) => {
    try {
      checkValidity({ ...body, ...changed }, here, time);
      return undefined;
    } catch (error) {
      return (error as WardError).code;
    }
  };

  it('is of this network and chain', () => {
    expect(code({}, TEST_TIME)).toBeUndefined();
    expect(code({ network: new Uint8Array(32) }, TEST_TIME)).toBe('NETWORK_MISMATCH');
    expect(code({ chain: `${TEST_CHAIN}0` }, TEST_TIME)).toBe('NETWORK_MISMATCH');
  });

  it('ends at its last second and begins 180 seconds before it', () => {
    const validUntil = 10_000;
    const at = (time: number) => code({ validUntil }, time);
    expect([at(9_999), at(10_000), at(99_999)]).toEqual([
      undefined,
      'TRANSACTION_EXPIRED',
      'TRANSACTION_EXPIRED',
    ]);
    expect([at(9_820), at(9_819), at(0)]).toEqual([
      undefined,
      'TRANSACTION_TOO_FAR',
      'TRANSACTION_TOO_FAR',
    ]);
  });

  it('is looked at in a fixed order: network first, then time', () => {
    expect(code({ chain: 'other', validUntil: 0 }, TEST_TIME)).toBe('NETWORK_MISMATCH');
  });
});
