import type { AssertionOrigin, TransactionBody } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import type { Account, AccountKey } from '../contracts/identity/state.ts';
import type { Organisation } from '../contracts/network/state.ts';
import { type Authority, authenticate, TransactionSigners } from './signers.ts';

const TIME = 1000;
const bytes = (byte: number, length = 32) => new Uint8Array(length).fill(byte);
const id = (n: number) => bytes(n, 16);
const point = Uint8Array.of(4, ...bytes(8, 64));
const origin: AssertionOrigin = { rpIdHash: bytes(5), origin: 'https://officer.example' };

const plain = (publicKey: Uint8Array, change: Partial<AccountKey> = {}): AccountKey => ({
  ...{ kind: 'service', publicKey, from: 0, until: null, passkey: null },
  ...change,
});
const accounts = new Map<number, Account>([
  [1, { organisation: id(1), keys: [plain(bytes(11)), plain(bytes(12), { kind: 'officer' })] }],
  [2, { organisation: id(1), keys: [plain(bytes(21), { kind: 'device' })] }],
  [3, { organisation: id(3), keys: [plain(bytes(31))] }],
  [4, { organisation: id(9), keys: [plain(bytes(41))] }],
  [5, { organisation: id(1), keys: [plain(point, { kind: 'officer', passkey: origin })] }],
  [6, { organisation: id(1), keys: [plain(bytes(61), { from: TIME, until: TIME + 5 })] }],
]);
const status = new Map<number, Organisation['status']>([
  [1, 'active'],
  [3, 'suspended'],
]);
const authority: Authority = {
  account: (account) => accounts.get(account[0]!) ?? null,
  organisation(organisation) {
    const found = status.get(organisation[0]!);
    return found === undefined ? null : ({ status: found } as Organisation);
  },
};

interface Listed {
  readonly account: number;
  readonly key: Uint8Array;
  readonly role?: string;
  readonly origin?: AssertionOrigin;
}

function sign(listed: readonly Listed[], time = TIME) {
  const signers = listed.map(({ account, role = 'author' }) => ({ account: id(account), role }));
  const signatures = listed.map(({ key }) => ({ publicKey: key, signature: bytes(0, 64) }));
  const passkeys = listed.map((one) => one.origin);
  const body = { signers } as unknown as TransactionBody;
  return authenticate(body, { signatures, passkeys }, time, authority);
}

const codeFor = (...listed: readonly Listed[]) => codeOf(() => sign(listed));

describe('signers', () => {
  it('are who they are by the key that fits, for the organisation of their account', () => {
    const signers = sign([
      { account: 1, key: bytes(11) },
      { account: 1, key: bytes(12), role: 'second' },
      { account: 2, key: bytes(21), role: 'device' },
    ]);
    expect(signers).toEqual([
      { account: id(1), organisation: id(1), role: 'author', keyKind: 'service' },
      { account: id(1), organisation: id(1), role: 'second', keyKind: 'officer' },
      { account: id(2), organisation: id(1), role: 'device', keyKind: 'device' },
    ]);
  });

  it('are refused where account, key or organisation is not there', () => {
    expect(codeFor({ account: 8, key: bytes(11) })).toBe('SIGNER_UNKNOWN');
    expect(codeFor({ account: 1, key: bytes(21) })).toBe('SIGNER_UNKNOWN');
    expect(codeFor({ account: 4, key: bytes(41) })).toBe('SIGNER_UNKNOWN');
  });

  it('are named by their place in the list', () => {
    const good = { account: 1, key: bytes(11) };
    const error = { code: 'SIGNER_UNKNOWN', data: { signer: 1 } };
    expect(() => sign([good, { account: 8, key: bytes(1) }])).toThrow(
      expect.objectContaining(error),
    );
  });

  it('are refused for an organisation that is suspended', () => {
    expect(codeFor({ account: 3, key: bytes(31) })).toBe('ORGANISATION_SUSPENDED');
  });

  it('count from the first second of their key up to, not including, its last', () => {
    const code = (time: number) => codeOf(() => sign([{ account: 6, key: bytes(61) }], time));
    expect([TIME - 1, TIME, TIME + 4, TIME + 5].map(code)).toEqual([
      ...['SIGNER_UNKNOWN', undefined, undefined, 'SIGNER_UNKNOWN'],
    ]);
  });

  it('use one key of an account once', () => {
    const key = { account: 1, key: bytes(11) };
    expect(codeFor(key, { ...key, role: 'second' })).toBe('SIGNER_TWICE');
    expect(codeFor(key, { account: 1, key: bytes(12), role: 'second' })).toBeUndefined();
    // Another account may have the same key: it is looked at by itself.
    expect(codeFor(key, { account: 2, key: bytes(11), role: 'device' })).toBe('SIGNER_UNKNOWN');
  });

  it('use a passkey where it was enrolled, and nothing else there', () => {
    expect(codeFor({ account: 5, key: point, origin })).toBeUndefined();
    expect(codeFor({ account: 5, key: point })).toBe('SIGNER_UNKNOWN');
    const elsewhere = [
      { ...origin, origin: 'https://other.example' },
      { ...origin, rpIdHash: bytes(6) },
    ];
    for (const other of elsewhere) {
      expect(codeFor({ account: 5, key: point, origin: other })).toBe('SIGNER_UNKNOWN');
    }
    expect(codeFor({ account: 1, key: bytes(11), origin })).toBe('SIGNER_UNKNOWN');
  });
});

describe('roles', () => {
  const author = {
    account: id(1),
    organisation: id(1),
    role: 'author',
    keyKind: 'service',
  } as const;
  const witness = { ...author, account: id(2), role: 'witness' };

  function begun(...signers: Parameters<TransactionSigners['begin']>[0][number][]) {
    const all = new TransactionSigners();
    all.begin(signers);
    return all;
  }

  it('have one signer each, or are refused', () => {
    const signers = begun(author, witness, { ...witness, account: id(3) });
    expect(signers.inRole('author')).toBe(author);
    expect(codeOf(() => signers.inRole('witness'))).toBe('SIGNER_ROLE');
    expect(codeOf(() => signers.inRole('nobody'))).toBe('SIGNER_ROLE');
  });

  it('are all asked for by a message, or the transaction is refused', () => {
    const signers = begun(author, witness);
    signers.inRole('author');
    expect(codeOf(() => signers.checkAllAsked())).toBe('SIGNER_ROLE');
    signers.inRole('witness');
    expect(codeOf(() => signers.checkAllAsked())).toBeUndefined();
  });

  it('are those of the transaction at hand and of none before', () => {
    const signers = begun(author, witness);
    signers.inRole('author');
    signers.inRole('witness');
    signers.begin([{ ...witness, role: 'author' }]);
    expect(codeOf(() => signers.inRole('witness'))).toBe('SIGNER_ROLE');
    expect(signers.inRole('author').account).toEqual(id(2));
    signers.begin([author]);
    expect(codeOf(() => signers.checkAllAsked())).toBe('SIGNER_ROLE');
  });
});
