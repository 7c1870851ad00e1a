import { encodeMessage, type MessageKind } from '@ward/ledger/schema';
import { compareBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { OpenAccount } from '../identity/messages.ts';
import {
  AdmitOrganisation,
  NameSuccessor,
  ReinstateOrganisation,
  SetParameters,
  SuspendOrganisation,
  UpdateOrganisation,
} from './messages.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['pharmacy', 'provider'], ['registrar']]);
const { registrar, provider } = ledger;
const pharmacy = ledger.members[2]!;
const secondRegistrar = ledger.members[3]!;
const newcomer = ledger.makeMember(60);

const custodian = { sealingKey: new Uint8Array(1216).fill(3), publicKey: new Uint8Array(32) };
const profile = {
  name: 'Synthetic laboratory',
  endpoints: { node: 'https://node.example', vault: null, custodian: null, inbox: null },
  sealingKey: new Uint8Array(1216).fill(1),
  custodian: null,
};
const opening = {
  account: newcomer.id,
  organisation: newcomer.id,
  keys: [{ kind: 'officer' as const, publicKey: newcomer.officer.publicKey, passkey: null }],
};
const admission = { organisation: newcomer.id, roles: ['laboratory' as const], ...profile };

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(ledger);
});

function officer<T>(member: TestMember, kind: MessageKind<T>, message: T): string {
  return chain.verdicts(ledger.officerTransaction(member, kind, message, chain.time))[0]!;
}

function organisation(member: TestMember) {
  return chain.machine.read(networkState.organisations, member.id);
}

function directory(): readonly Uint8Array[] {
  return chain.machine.read(networkState.directory)!.organisations;
}

describe('AdmitOrganisation', () => {
  it('admits a newcomer together with its account, and lists it in the order of ids', () => {
    const messages = [
      encodeMessage(OpenAccount, opening),
      encodeMessage(AdmitOrganisation, admission),
    ];
    const signers = [{ account: registrar.id, keyPair: registrar.officer }];
    const transaction = ledger.transaction(messages, signers, chain.time + 60);
    expect(chain.verdicts(transaction)).toEqual(['applied']);
    const { organisation: _id, ...said } = admission;
    expect(organisation(newcomer)).toEqual({ ...said, status: 'active', successor: null });
    const all = [...ledger.members, newcomer].map(({ id }) => id).sort(compareBytes);
    expect(directory()).toEqual(all);
    const update = { organisation: newcomer.id, ...profile };
    expect(officer(newcomer, UpdateOrganisation, update)).toBe('applied');
  });

  it('asks for an open first account, whole roles and a registrar', () => {
    expect(officer(registrar, AdmitOrganisation, admission)).toBe('ORGANISATION_WITHOUT_ACCOUNT');
    expect(officer(registrar, OpenAccount, opening)).toBe('applied');
    expect(officer(provider, AdmitOrganisation, admission)).toBe('SIGNER_ROLE');
    const roles = [[], ['payer', 'payer']] as const;
    for (const wrong of roles) {
      const message = { ...admission, roles: wrong };
      expect(officer(registrar, AdmitOrganisation, message)).toBe('ROLES_INVALID');
    }
    expect(officer(registrar, AdmitOrganisation, admission)).toBe('applied');
    expect(officer(registrar, AdmitOrganisation, admission)).toBe('ORGANISATION_TAKEN');
  });

  it('does not admit a further account as an organisation', () => {
    const further = { ...opening, organisation: provider.id };
    expect(officer(provider, OpenAccount, further)).toBe('applied');
    expect(officer(registrar, AdmitOrganisation, admission)).toBe('ORGANISATION_WITHOUT_ACCOUNT');
  });
});

describe('UpdateOrganisation', () => {
  it('replaces what the organisation says, and nothing that others decided', () => {
    const before = organisation(provider)!;
    const update = { organisation: provider.id, ...profile, custodian };
    expect(officer(provider, UpdateOrganisation, update)).toBe('applied');
    const { roles, status, successor } = before;
    expect(organisation(provider)).toEqual({ ...profile, custodian, roles, status, successor });
  });

  it("is for the organisation's own officer", () => {
    const update = { organisation: provider.id, ...profile };
    expect(officer(registrar, UpdateOrganisation, update)).toBe('SIGNER_ROLE');
    const signed = ledger.serviceTransaction(provider, UpdateOrganisation, update, chain.time);
    expect(chain.verdicts(signed)).toEqual(['SIGNER_ROLE']);
  });
});

describe('SuspendOrganisation and ReinstateOrganisation', () => {
  const it_ = { organisation: provider.id };
  const update = { organisation: provider.id, ...profile };

  it('stop an organisation from signing anything, and let it again', () => {
    expect(officer(registrar, SuspendOrganisation, it_)).toBe('applied');
    expect(officer(provider, UpdateOrganisation, update)).toBe('ORGANISATION_SUSPENDED');
    expect(officer(registrar, SuspendOrganisation, it_)).toBe('ORGANISATION_SUSPENDED');
    expect(officer(registrar, ReinstateOrganisation, it_)).toBe('applied');
    expect(officer(provider, UpdateOrganisation, update)).toBe('applied');
    expect(officer(registrar, ReinstateOrganisation, it_)).toBe('ORGANISATION_ACTIVE');
  });

  it('count from within the block on', () => {
    const suspend = ledger.officerTransaction(registrar, SuspendOrganisation, it_, chain.time);
    const signed = ledger.officerTransaction(provider, UpdateOrganisation, update, chain.time);
    expect(chain.verdicts(suspend, signed)).toEqual(['applied', 'ORGANISATION_SUSPENDED']);
  });

  it('are for registrars, of organisations that there are', () => {
    expect(officer(pharmacy, SuspendOrganisation, it_)).toBe('SIGNER_ROLE');
    expect(officer(pharmacy, ReinstateOrganisation, it_)).toBe('SIGNER_ROLE');
    const nobody = { organisation: newcomer.id };
    expect(officer(registrar, SuspendOrganisation, nobody)).toBe('ORGANISATION_UNKNOWN');
    expect(officer(registrar, ReinstateOrganisation, nobody)).toBe('ORGANISATION_UNKNOWN');
  });

  it('leave one registrar active, whatever registrars do to each other', () => {
    const first = { organisation: registrar.id };
    const second = { organisation: secondRegistrar.id };
    expect(officer(registrar, SuspendOrganisation, first)).toBe('SUSPENDS_ITSELF');
    expect(officer(registrar, SuspendOrganisation, second)).toBe('applied');
    expect(officer(secondRegistrar, SuspendOrganisation, first)).toBe('ORGANISATION_SUSPENDED');
    expect(organisation(registrar)!.status).toBe('active');
  });
});

describe('NameSuccessor', () => {
  const name = (member: TestMember, successor: Uint8Array | null) =>
    officer(member, NameSuccessor, { organisation: member.id, successor });
  const becomeCustodian = (member: TestMember) =>
    officer(member, UpdateOrganisation, { organisation: member.id, ...profile, custodian });

  it('joins two custodians, and may be taken back', () => {
    expect(name(provider, pharmacy.id)).toBe('SUCCESSOR_INVALID');
    becomeCustodian(provider);
    expect(name(provider, pharmacy.id)).toBe('SUCCESSOR_INVALID');
    becomeCustodian(pharmacy);
    expect(name(provider, provider.id)).toBe('SUCCESSOR_INVALID');
    expect(name(provider, newcomer.id)).toBe('SUCCESSOR_INVALID');
    expect(name(provider, pharmacy.id)).toBe('applied');
    expect(organisation(provider)!.successor).toEqual(pharmacy.id);
    expect(name(provider, null)).toBe('applied');
    expect(organisation(provider)!.successor).toBeNull();
  });

  it('asks for an active successor, named by the own officer', () => {
    becomeCustodian(provider);
    becomeCustodian(pharmacy);
    const message = { organisation: provider.id, successor: pharmacy.id };
    expect(officer(pharmacy, NameSuccessor, message)).toBe('SIGNER_ROLE');
    officer(registrar, SuspendOrganisation, { organisation: pharmacy.id });
    expect(name(provider, pharmacy.id)).toBe('SUCCESSOR_INVALID');
  });
});

describe('SetParameters', () => {
  it('takes rules of a higher version from a registrar', () => {
    const rules = { decideVersion: 2, decideDigest: crypto.sha256(Uint8Array.of(2)) };
    expect(officer(provider, SetParameters, rules)).toBe('SIGNER_ROLE');
    expect(officer(registrar, SetParameters, { ...rules, decideVersion: 1 })).toBe(
      'PARAMETERS_VERSION',
    );
    expect(officer(registrar, SetParameters, rules)).toBe('applied');
    expect(chain.machine.read(networkState.parameters)).toEqual(rules);
    expect(officer(registrar, SetParameters, rules)).toBe('PARAMETERS_VERSION');
  });
});
