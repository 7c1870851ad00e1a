import { encodeMessage } from '@ward/ledger/schema';
import { defineFormat, field, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { bindBuiltIn } from '../contracts/built-in.ts';
import type { BindContracts } from '../machine/executor.ts';
import { TransactionSigners } from '../machine/signers.ts';
import { defineMessage } from '../schema/define-message.ts';
import { defineState } from '../schema/define-state.ts';
import { officerAuthor, workingAuthor } from './author.ts';
import { OpenContract } from './bind-contract.ts';
import { defineContract, defineHandler } from './define-contract.ts';
import type { ReadRecordsOf } from './records.ts';
import type { Scope } from './scope.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['payer']]);
const { provider, registrar } = ledger;

// A contract of counters: a second signer may be asked for, and the network is asked who may count.
const Counter = defineFormat('test-counter', 1, { count: field.integer() });
const Counted = defineFormat('test-counted', 1, { count: field.integer() });
const Count = defineMessage('counters', 'Count', {
  by: field.integer(0, 100),
  mode: field.word(['alone', 'witnessed', 'broken', 'noisy']),
});
const countersState = defineState('counters', { counters: Counter });
type CountersScope = Scope<
  typeof countersState,
  { readonly mayCount: (id: Uint8Array) => boolean }
>;
const seen: string[] = [];

const count = defineHandler(Count, {
  check({ mode }, { signers, needs }: CountersScope) {
    const author = workingAuthor(signers);
    if (!needs.mayCount(author.organisation)) officerAuthor(signers);
    if (mode === 'witnessed') seen.push(toHex(signers.inRole('witness').organisation));
  },
  apply({ by, mode }, { signers, state, block, realm, emit }) {
    const { organisation } = workingAuthor(signers);
    const before = state.counters.get(organisation)?.count ?? 0;
    state.counters.put({ count: before + by }, organisation);
    emit(Counted, { count: before + by });
    if (mode === 'broken') throw new Error('a bug of ours');
    if (mode === 'noisy') for (let i = 0; i < 300; i++) emit(Counted, { count: i });
    seen.push(`${block.height} ${block.time} ${toHex(realm.network)}`);
  },
});

const counters = defineContract({
  name: 'counters',
  version: 1,
  state: countersState,
  messages: [count],
  queries: (state: ReadRecordsOf<typeof countersState>) => ({
    countOf: (id: Uint8Array) => state.counters.get(id)?.count ?? 0,
  }),
  events: [Counted],
  invariants: {},
  migrate: null,
});

const bind: BindContracts = (host) => {
  const { contracts, authority } = bindBuiltIn(host);
  const opened = new OpenContract(counters, host);
  const mayCount = (id: Uint8Array) =>
    authority.organisation(id)?.roles.includes('provider') ?? false;
  return { contracts: [...contracts, opened.bind({ mayCount })], authority };
};

function counting(by: number, mode: Count_['mode'], witnesses: (typeof provider)[] = []) {
  const signers = [
    { account: provider.id, keyPair: provider.service },
    ...witnesses.map(({ id, service }) => ({ account: id, keyPair: service, role: 'witness' })),
  ];
  return [encodeMessage(Count, { by, mode }), signers] as const;
}
type Count_ = Parameters<typeof Count.body.encode>[0];

describe('a contract of somebody', () => {
  const open = () => new TestChain(ledger, { contracts: bind });
  const send = (chain: TestChain, ...args: Parameters<typeof counting>) => {
    const [message, signers] = counting(...args);
    return ledger.transaction([message, message], signers, chain.time + 60);
  };

  it('keeps records, announces, and is asked by its queries', () => {
    const chain = open();
    const outcome = chain.block([send(chain, 5, 'alone')]);
    expect(outcome.results[0]!.code).toBe(0);
    const events = outcome.events[0]!.map(({ contract, name, body }) => [
      contract,
      name,
      Counted.decode(body).count,
    ]);
    expect(events).toEqual([
      ['counters', 'test-counted', 5],
      ['counters', 'test-counted', 10],
    ]);
    expect(chain.machine.read(countersState.counters, provider.id)).toEqual({ count: 10 });
    chain.restart();
    chain.block([send(chain, 1, 'alone')]);
    expect(chain.machine.read(countersState.counters, provider.id)).toEqual({ count: 12 });
  });

  it('asks others only what it declares that it needs', () => {
    const chain = open();
    const signers = [{ account: ledger.members[2]!.id, keyPair: ledger.members[2]!.service }];
    const message = encodeMessage(Count, { by: 1, mode: 'alone' });
    const byPayer = ledger.transaction([message], signers, chain.time + 60);
    expect(chain.verdicts(byPayer)).toEqual(['SIGNER_ROLE']);
  });

  it('may ask for signers in roles of its own, each exactly once', () => {
    const chain = open();
    const witness = ledger.members[2]!;
    seen.length = 0;
    const verdicts = chain.verdicts(
      send(chain, 1, 'witnessed'),
      send(chain, 1, 'witnessed', [witness, registrar]),
      send(chain, 1, 'alone', [witness]),
      send(chain, 1, 'witnessed', [witness]),
    );
    expect(verdicts).toEqual(['SIGNER_ROLE', 'SIGNER_ROLE', 'SIGNER_ROLE', 'applied']);
    expect(seen.filter((one) => one === toHex(witness.id))).toHaveLength(2);
  });

  it('halts the ledger with a bug, and leaves nothing of the block behind', () => {
    const chain = open();
    const { machine } = chain;
    const { appHash } = machine;
    for (const mode of ['broken', 'noisy'] as const) {
      const transactions = [send(chain, 3, 'alone'), send(chain, 1, mode)];
      const block = { height: 1, time: chain.time, transactions };
      expect(() => machine.execute(block)).toThrow(mode === 'broken' ? 'a bug' : 'too many events');
      expect(() => machine.commit({ lightBlock: new Uint8Array(0) })).toThrow(
        'without an execution',
      );
      expect(machine.appHash).toEqual(appHash);
    }
    expect(chain.block([]).appHash).toEqual(appHash);
    expect(chain.verdicts(send(chain, 3, 'alone'))).toEqual(['applied']);
    expect(machine.read(countersState.counters, provider.id)).toEqual({ count: 6 });
  });

  it('sees the block and the network that it is in', () => {
    seen.length = 0;
    const chain = open();
    chain.time += 7;
    chain.block([send(chain, 1, 'alone')]);
    const here = `1 ${chain.time} ${toHex(ledger.realm.network)}`;
    expect(seen).toEqual([here, here]);
  });
});

describe('the author', () => {
  const signer = (role: string, keyKind: 'service' | 'officer' | 'device') => ({
    account: provider.id,
    organisation: provider.id,
    role,
    keyKind,
  });
  const signersOf = (...all: ReturnType<typeof signer>[]) => {
    const signers = new TransactionSigners();
    signers.begin(all);
    return signers;
  };

  it('of what governs is an officer, of the daily work a service or device', () => {
    const kinds = ['service', 'officer', 'device'] as const;
    const codes = kinds.map((kind) => [
      codeOf(() => officerAuthor(signersOf(signer('author', kind)))),
      codeOf(() => workingAuthor(signersOf(signer('author', kind)))),
    ]);
    expect(codes).toEqual([
      ['SIGNER_ROLE', undefined],
      [undefined, 'SIGNER_ROLE'],
      ['SIGNER_ROLE', undefined],
    ]);
  });

  it('is one signer', () => {
    const twice = signersOf(signer('author', 'service'), signer('author', 'service'));
    expect(codeOf(() => workingAuthor(twice))).toBe('SIGNER_ROLE');
    expect(codeOf(() => workingAuthor(signersOf(signer('witness', 'service'))))).toBe(
      'SIGNER_ROLE',
    );
    expect(codeOf(() => workingAuthor(signersOf()))).toBe('SIGNER_ROLE');
  });

  it('leaves roles that nobody asked for to be refused', () => {
    const signers = signersOf(signer('author', 'service'), signer('witness', 'service'));
    workingAuthor(signers);
    expect(codeOf(() => signers.checkAllAsked())).toBe('SIGNER_ROLE');
    signers.inRole('witness');
    signers.checkAllAsked();
    signers.begin([signer('author', 'service')]);
    expect(codeOf(() => signers.checkAllAsked())).toBe('SIGNER_ROLE');
  });
});
