import { readdirSync, readFileSync } from 'node:fs';
import { encodeMessage, type Genesis, type MessageKind } from '@ward/ledger/schema';
import { errorCatalogue } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { TransactionSigners } from '../machine/signers.ts';
import { WorkingState } from '../machine/working-state.ts';
import { bindBuiltIn } from './built-in.ts';
import { AccountOpened, KeyAdded, KeyEnded } from './identity/events.ts';
import { AddKey, EndKey, OpenAccount } from './identity/messages.ts';
import {
  NetworkPromoted,
  OrganisationAdmitted,
  OrganisationReinstated,
  OrganisationSuspended,
  OrganisationUpdated,
  ParametersSet,
  SuccessorNamed,
} from './network/events.ts';
import {
  AdmitOrganisation,
  NameSuccessor,
  PromoteNetwork,
  ReinstateOrganisation,
  SetParameters,
  SuspendOrganisation,
  UpdateOrganisation,
} from './network/messages.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['payer']]);
const { registrar, provider, realm } = ledger;
const payer = ledger.members[2]!;
const newcomer = ledger.makeMember(30);

const nothing = { has: () => false, read: () => null };
const { contracts, authority } = bindBuiltIn({
  state: new WorkingState(nothing),
  realm,
  chain: ledger.genesis.chain,
  block: { height: 1, time: 1 },
  signers: new TransactionSigners(),
  emit() {},
});

function folder(name: string): URL {
  return new URL(`${name}/`, import.meta.url);
}

describe('the built-in contracts', () => {
  it('are three, each handling every message that it declares', () => {
    expect(contracts.map(({ contract }) => contract.name)).toEqual([
      'identity',
      'network',
      'slots',
    ]);
    for (const { contract, handler } of contracts) {
      const declared = readFileSync(new URL('messages.ts', folder(contract.name)), 'utf8');
      const names = [...declared.matchAll(/defineMessage\('\w+', '(\w+)'/g)].map(([, one]) => one!);
      expect(names.length).toBeGreaterThan(1);
      expect(contract.messages.map(({ kind }) => kind.name).sort()).toEqual(names.sort());
      for (const name of names) expect(handler(name)).toBeTypeOf('function');
      expect(handler('Nothing')).toBeUndefined();
      expect(contract.migrate).toBeNull();
    }
  });

  it('tell authority of nobody where there is nobody', () => {
    expect(authority.account(provider.id)).toBeNull();
    expect(authority.organisation(provider.id)).toBeNull();
  });

  it('have a page that names every message and every invariant’s subject', () => {
    for (const { contract } of contracts) {
      const page = readFileSync(new URL('README.md', folder(contract.name)), 'utf8');
      for (const { kind } of contract.messages) expect(page).toContain(`\`${kind.name}\``);
      expect(page).toContain('Invariants');
      expect(Object.keys(contract.invariants).length).toBeGreaterThan(1);
      for (const sentence of Object.keys(contract.invariants)) {
        expect(sentence).toMatch(/^[A-Z].*\.$/);
      }
    }
  });

  it('refuse only with codes that a test of theirs provokes', () => {
    const codes = [...errorCatalogue().keys()];
    for (const { contract } of contracts) {
      const errors = readFileSync(new URL('errors.ts', folder(contract.name)), 'utf8');
      const own = codes.filter((code) => errors.includes(`  ${code}: {`));
      const files = readdirSync(folder(contract.name)).filter((file) => file.endsWith('.test.ts'));
      const tests = files
        .map((file) => readFileSync(new URL(file, folder(contract.name)), 'utf8'))
        .join();
      // The last place of a directory of 3,800 is too far away for a test of minutes.
      const tested = own.filter((code) => code !== 'DIRECTORY_FULL');
      for (const code of tested) expect(tests, code).toContain(`'${code}'`);
      expect(own.length).toBeGreaterThan(0);
    }
  });

  it('never read the records of one another', () => {
    for (const { contract } of contracts) {
      for (const file of readdirSync(folder(contract.name))) {
        if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
        const text = readFileSync(new URL(file, folder(contract.name)), 'utf8');
        const others = [...text.matchAll(/from '\.\.\/(\w+)\//g)].map(([, name]) => name!);
        expect(others.filter((name) => contracts.some((c) => c.contract.name === name))).toEqual(
          [],
        );
      }
    }
  });
});

describe('events', () => {
  type Decoder = { readonly name: string; decode(bytes: Uint8Array): unknown };
  const custodian = { sealingKey: new Uint8Array(1216), publicKey: new Uint8Array(32) };
  const { organisation: record } = ledger.genesis.members[0] as Genesis['members'][number];
  const { name, endpoints, sealingKey } = record;
  const profile = { name, endpoints, sealingKey, custodian };
  const key = { kind: 'device' as const, publicKey: newcomer.service.publicKey, passkey: null };
  const officerKey = { ...key, kind: 'officer' as const, publicKey: newcomer.officer.publicKey };
  const opening = { account: newcomer.id, organisation: newcomer.id, keys: [officerKey] };
  const chain = new TestChain(ledger);

  /** The one event of a message that an officer signs. */
  function announced<T>(
    member: TestMember,
    kind: MessageKind<T>,
    message: T,
    event: Decoder,
  ): unknown {
    const signers = [{ account: member.id, keyPair: member.officer }];
    const signed = ledger.transaction([encodeMessage(kind, message)], signers, chain.time + 60);
    const { events, results } = chain.block([signed]);
    expect(results[0]!.code).toBe(0);
    expect(events[0]!.map((one) => [one.contract, one.name])).toEqual([
      [kind.contract, event.name],
    ]);
    return event.decode(events[0]![0]!.body);
  }

  it('tell who did what, and nothing that is not public', () => {
    const of = (member: TestMember) => ({ organisation: member.id });
    const account = provider.id;
    const { publicKey, kind } = key;
    expect(announced(registrar, OpenAccount, opening, AccountOpened)).toEqual({
      account: newcomer.id,
      organisation: newcomer.id,
    });
    const admission = { ...of(newcomer), roles: ['laboratory' as const], ...profile };
    expect(announced(registrar, AdmitOrganisation, admission, OrganisationAdmitted)).toEqual(
      of(newcomer),
    );
    expect(announced(provider, AddKey, { account, key }, KeyAdded)).toEqual({
      account,
      publicKey,
      kind,
    });
    expect(announced(provider, EndKey, { account, publicKey, until: null }, KeyEnded)).toEqual({
      account,
      publicKey,
      until: chain.time,
    });
    const update = { ...of(provider), ...profile };
    expect(announced(provider, UpdateOrganisation, update, OrganisationUpdated)).toEqual(
      of(provider),
    );
    const named = { ...of(provider), successor: newcomer.id };
    expect(announced(provider, NameSuccessor, named, SuccessorNamed)).toEqual(named);
    expect(announced(registrar, SuspendOrganisation, of(payer), OrganisationSuspended)).toEqual(
      of(payer),
    );
    expect(announced(registrar, ReinstateOrganisation, of(payer), OrganisationReinstated)).toEqual(
      of(payer),
    );
    const rules = { decideVersion: 2, decideDigest: new Uint8Array(32) };
    expect(announced(registrar, SetParameters, rules, ParametersSet)).toEqual({ decideVersion: 2 });
    const promotion = { chain: 'ward-test-2', plan: new Uint8Array(32) };
    expect(announced(registrar, PromoteNetwork, promotion, NetworkPromoted)).toEqual({
      chain: 'ward-test-2',
    });
  });
});
