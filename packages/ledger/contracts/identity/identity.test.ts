import { encodeMessage, type MessageKind } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { AddKey, EndKey, OpenAccount } from './messages.ts';
import { type AccountKey, identityState } from './state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { registrar, provider } = ledger;
const newcomer = ledger.makeMember(50);
const device = ledger.makeMember(51);

type NewKey = AddKey['key'];
const keyOf = (kind: AccountKey['kind'], publicKey: Uint8Array): NewKey => ({
  kind,
  publicKey,
  passkey: null,
});
const passkey = { rpIdHash: new Uint8Array(32), origin: 'https://officer.example' };
const point = new Uint8Array(65).fill(9).fill(4, 0, 1);

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(ledger);
});

function officer<T>(member: TestMember, kind: MessageKind<T>, message: T): string {
  return chain.verdicts(ledger.officerTransaction(member, kind, message, chain.time))[0]!;
}

function accountOf(member: TestMember) {
  return chain.machine.read(identityState.accounts, member.id);
}

const newcomersKeys = [
  keyOf('officer', newcomer.officer.publicKey),
  keyOf('service', newcomer.service.publicKey),
];
const opening = { account: newcomer.id, organisation: newcomer.id, keys: newcomersKeys };
const deviceOpening = {
  account: device.id,
  organisation: provider.id,
  keys: [keyOf('device', device.service.publicKey)],
};

describe('OpenAccount', () => {
  it('is done for a newcomer by an officer of a registrar', () => {
    expect(officer(registrar, OpenAccount, opening)).toBe('applied');
    expect(accountOf(newcomer)).toEqual({
      organisation: newcomer.id,
      keys: newcomersKeys.map((key) => ({ ...key, from: chain.time, until: null })),
    });
  });

  it('is done for a further account by an officer of the organisation', () => {
    expect(officer(provider, OpenAccount, deviceOpening)).toBe('applied');
    expect(accountOf(device)?.organisation).toEqual(provider.id);
  });

  it('is refused to others: a provider for a newcomer, a registrar for a member', () => {
    expect(officer(provider, OpenAccount, opening)).toBe('SIGNER_ROLE');
    expect(officer(registrar, OpenAccount, deviceOpening)).toBe('SIGNER_ROLE');
  });

  it("is refused to a service's key", () => {
    const signed = ledger.serviceTransaction(registrar, OpenAccount, opening, chain.time);
    expect(chain.verdicts(signed)).toEqual(['SIGNER_ROLE']);
  });

  it('never takes an id twice, also not within one transaction', () => {
    const signers = [{ account: registrar.id, keyPair: registrar.officer }];
    const twice = [encodeMessage(OpenAccount, opening), encodeMessage(OpenAccount, opening)];
    const transaction = ledger.transaction(twice, signers, chain.time + 60);
    expect(chain.verdicts(transaction)).toEqual(['ACCOUNT_TAKEN']);
    expect(accountOf(newcomer)).toBeNull();
    expect(officer(registrar, OpenAccount, opening)).toBe('applied');
    expect(officer(registrar, OpenAccount, opening)).toBe('ACCOUNT_TAKEN');
  });

  it("asks for an officer's key in a first account", () => {
    const keys = [keyOf('service', newcomer.service.publicKey)];
    expect(officer(registrar, OpenAccount, { ...opening, keys })).toBe('OFFICER_MISSING');
  });

  it('refuses keys of a wrong form, and one key twice', () => {
    const wrong: NewKey[] = [
      keyOf('service', new Uint8Array(33)),
      keyOf('officer', point),
      { kind: 'service', publicKey: point, passkey },
      { kind: 'officer', publicKey: newcomer.service.publicKey, passkey },
      { kind: 'officer', publicKey: point.map((byte) => byte - 1), passkey },
    ];
    for (const key of wrong) {
      const keys = [newcomersKeys[0]!, key];
      expect(officer(registrar, OpenAccount, { ...opening, keys })).toBe('KEY_FORM');
    }
    const keys = [...newcomersKeys, keyOf('officer', newcomer.service.publicKey)];
    expect(officer(registrar, OpenAccount, { ...opening, keys })).toBe('KEY_TAKEN');
  });

  it("takes an officer's passkey with the place of its enrolment", () => {
    const keys: NewKey[] = [{ kind: 'officer', publicKey: point, passkey }];
    expect(officer(registrar, OpenAccount, { ...opening, keys })).toBe('applied');
    expect(accountOf(newcomer)?.keys[0]?.passkey).toEqual(passkey);
  });

  it('leaves an account whose organisation is not admitted unable to sign', () => {
    expect(officer(registrar, OpenAccount, opening)).toBe('applied');
    expect(officer(newcomer, AddKey, { account: newcomer.id, key: keyOf('officer', point) })).toBe(
      'SIGNER_UNKNOWN',
    );
  });
});

describe('AddKey', () => {
  const key = keyOf('service', device.service.publicKey);

  it('makes a key count from the next transaction on', () => {
    const add = ledger.officerTransaction(
      provider,
      AddKey,
      { account: provider.id, key: keyOf('officer', device.officer.publicKey) },
      chain.time,
    );
    const signers = [{ account: provider.id, keyPair: device.officer }];
    const use = encodeMessage(AddKey, { account: provider.id, key });
    const used = ledger.transaction([use], signers, chain.time + 60);
    expect(chain.verdicts(used, add)).toEqual(['SIGNER_UNKNOWN', 'applied']);
    const again = ledger.transaction([use], signers, chain.time + 60);
    expect(chain.verdicts(again)).toEqual(['applied']);
  });

  it('is for officers of the own organisation alone', () => {
    expect(officer(registrar, AddKey, { account: provider.id, key })).toBe('SIGNER_ROLE');
    expect(officer(provider, AddKey, { account: newcomer.id, key })).toBe('ACCOUNT_UNKNOWN');
    expect(officer(provider, OpenAccount, deviceOpening)).toBe('applied');
    expect(officer(provider, AddKey, { account: device.id, key })).toBe('KEY_TAKEN');
    const other = keyOf('device', newcomer.service.publicKey);
    expect(officer(provider, AddKey, { account: device.id, key: other })).toBe('applied');
  });

  it('never takes a key again that was ended', () => {
    const account = provider.id;
    expect(officer(provider, AddKey, { account, key })).toBe('applied');
    const { publicKey } = key;
    expect(officer(provider, EndKey, { account, publicKey, until: null })).toBe('applied');
    chain.time += 1;
    expect(officer(provider, AddKey, { account, key })).toBe('KEY_TAKEN');
  });

  it('refuses the key after the last that fits', () => {
    for (let i = 2; i < LEDGER_LIMITS.keysPerAccountMax; i++) {
      const publicKey = crypto.sha256(Uint8Array.of(i));
      const added = { account: provider.id, key: keyOf('service', publicKey) };
      expect(officer(provider, AddKey, added)).toBe('applied');
    }
    expect(officer(provider, AddKey, { account: provider.id, key })).toBe('ACCOUNT_FULL');
  });
});

describe('EndKey', () => {
  const account = provider.id;
  const { publicKey } = provider.service;
  const useService = () => {
    const message = { account, key: keyOf('officer', point) };
    // Refused for the kind of key, or before that because the key counts no more.
    return chain.verdicts(ledger.serviceTransaction(provider, AddKey, message, chain.time))[0];
  };

  it('ends a key from this block on, and within it', () => {
    const end = ledger.officerTransaction(
      provider,
      EndKey,
      { account, publicKey, until: null },
      chain.time,
    );
    const message = { account, key: keyOf('officer', point) };
    const use = ledger.serviceTransaction(provider, AddKey, message, chain.time);
    expect(chain.verdicts(end, use)).toEqual(['applied', 'SIGNER_UNKNOWN']);
  });

  it('ends a key at a later second', () => {
    const until = chain.time + 10;
    expect(officer(provider, EndKey, { account, publicKey, until })).toBe('applied');
    chain.time = until - 1;
    expect(useService()).toBe('SIGNER_ROLE');
    chain.time = until;
    expect(useService()).toBe('SIGNER_UNKNOWN');
  });

  it('may be brought forward, not put off, and never lies in the past', () => {
    const end = (until: number | null) => officer(provider, EndKey, { account, publicKey, until });
    expect(end(chain.time - 1)).toBe('KEY_END_PAST');
    expect(end(chain.time + 20)).toBe('applied');
    expect(end(chain.time + 20)).toBe('KEY_ENDED');
    expect(end(chain.time + 21)).toBe('KEY_ENDED');
    expect(end(chain.time + 5)).toBe('applied');
    chain.time += 6;
    expect(end(null)).toBe('KEY_ENDED');
  });

  it('asks for a key of the account, by an officer of its organisation', () => {
    const stranger = { account, publicKey: newcomer.service.publicKey, until: null };
    expect(officer(provider, EndKey, stranger)).toBe('KEY_UNKNOWN');
    expect(officer(registrar, EndKey, { account, publicKey, until: null })).toBe('SIGNER_ROLE');
  });

  it("keeps the last officer's key of the first account", () => {
    const own = provider.officer.publicKey;
    const last = { account, publicKey: own, until: chain.time + 1000 };
    expect(officer(provider, EndKey, last)).toBe('OFFICER_LAST');
    const second = keyOf('officer', device.officer.publicKey);
    expect(officer(provider, AddKey, { account, key: second })).toBe('applied');
    const other = { account, publicKey: second.publicKey, until: chain.time + 1000 };
    expect(officer(provider, EndKey, other)).toBe('applied');
    // The other one has an end now: this one must stay.
    expect(officer(provider, EndKey, last)).toBe('OFFICER_LAST');
  });
});
