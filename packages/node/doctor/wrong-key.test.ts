import type { Account, AccountKey } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { serviceKey } from './wrong-key.ts';

const crypto = await loadCrypto();
const organisation = new Uint8Array(16).fill(1);
const seed = new Uint8Array(32).fill(2);
const { publicKey } = crypto.ed25519.keyPair(seed);
const listed: AccountKey = { kind: 'service', publicKey, from: 100, until: null, passkey: null };

/** Whether the key counts at second 200, by an account with one key. */
function isListed(key: Partial<AccountKey>, changes: Partial<Account> = {}): boolean {
  const account = { organisation, keys: [{ ...listed, ...key }], ...changes };
  const facts = { account, organisation: null, time: 200 };
  return serviceKey('service.key', { crypto, organisation }).isListed(seed, facts);
}

describe('the service key of a server', () => {
  it('is one that its account has now', () => {
    expect(isListed({})).toBe(true);
    expect(isListed({ until: 201 })).toBe(true);
    expect(isListed({ until: 200 })).toBe(false);
    expect(isListed({ from: 201 })).toBe(false);
  });

  it('is of its own kind, public key and organisation', () => {
    expect(isListed({ kind: 'device' })).toBe(false);
    expect(isListed({ publicKey: new Uint8Array(32) })).toBe(false);
    expect(isListed({}, { organisation: new Uint8Array(16) })).toBe(false);
    const facts = { account: null, organisation: null, time: 200 };
    expect(serviceKey('service.key', { crypto, organisation }).isListed(seed, facts)).toBe(false);
  });
});
