import { encodeMessage, SlotsWritten, WriteSlots } from '@ward/ledger/schema';
import { defineFormat, field } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { bindBuiltIn } from '../contracts/built-in.ts';
import type { BindContracts } from '../machine/executor.ts';
import { defineMessage } from '../schema/define-message.ts';
import { defineState } from '../schema/define-state.ts';
import { OpenContract } from './bind-contract.ts';
import type { BlockReport, Misbehaviour } from './block-report.ts';
import { defineContract, defineHandler } from './define-contract.ts';
import type { Scope } from './scope.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

// A contract that writes down at the beginning of a block what it is told there.
const Told = defineFormat('test-told', 1, {
  height: field.integer(),
  away: field.integer(),
  evidence: field.integer(),
});
const Read = defineMessage('listeners', 'ReadTold', { height: field.integer() });
const listenersState = defineState('listeners', { told: Told });
type ListenersScope = Scope<typeof listenersState, null>;
const seen: (number | undefined)[] = [];

const listeners = defineContract({
  name: 'listeners',
  version: 1,
  state: listenersState,
  messages: [
    defineHandler(Read, {
      check() {},
      apply({ height }, { state, signers }: ListenersScope) {
        signers.inRole('author');
        seen.push(height, state.told.get()?.height);
      },
    }),
  ],
  begin({ lastCommit = [], misbehaviour = [] }: BlockReport, scope: ListenersScope) {
    const away = lastCommit.filter(({ isSigned }) => !isSigned).length;
    const evidence = misbehaviour.length;
    scope.state.told.put({ height: scope.block.height, away, evidence });
    // Nobody hears it, however much it is.
    for (let i = 0; i < 300; i++) scope.emit(SlotsWritten, { slots: [] });
  },
  queries: () => null,
  events: [],
  invariants: {},
  migrate: null,
});

const bind: BindContracts = (host) => {
  const { contracts, authority } = bindBuiltIn(host);
  return { contracts: [...contracts, new OpenContract(listeners, host).bind(null)], authority };
};

function readTold(chain: TestChain) {
  return chain.machine.read(listenersState.told);
}

function readMessage(chain: TestChain) {
  const signers = [{ account: ledger.provider.id, keyPair: ledger.provider.service }];
  const message = encodeMessage(Read, { height: chain.machine.height + 1 });
  return ledger.transaction([message], signers, chain.time + 60);
}

const away: BlockReport = { lastCommit: [{ validator: new Uint8Array(20), isSigned: false }] };
const evidence: Misbehaviour = {
  ...{ kind: 'light-client-attack', validator: new Uint8Array(20) },
  ...{ height: 1, time: 1, totalPower: 1 },
};

describe('the beginning of a block', () => {
  it('comes before its transactions, with what the block says of validators', () => {
    const chain = new TestChain(ledger, { contracts: bind });
    const { results, events } = chain.block([readMessage(chain)], away);
    expect(results.map(({ code }) => code)).toEqual([0]);
    expect(events).toEqual([[]]);
    expect(seen.splice(0)).toEqual([1, 1]);
    expect(readTold(chain)).toEqual({ height: 1, away: 1, evidence: 0 });
  });

  it('does not come in a block in which nothing happens', () => {
    const chain = new TestChain(ledger, { contracts: bind });
    const { appHash } = chain.machine;
    expect(chain.block([], away).appHash).toEqual(appHash);
    expect(readTold(chain)).toBeNull();
    chain.block([], { ...away, misbehaviour: [evidence] });
    expect(readTold(chain)).toEqual({ height: 2, away: 1, evidence: 1 });
  });

  it('comes without a report where one process orders blocks', () => {
    const chain = new TestChain(ledger, { contracts: bind });
    chain.block([readMessage(chain)]);
    expect(readTold(chain)).toEqual({ height: 1, away: 0, evidence: 0 });
    expect(seen.splice(0)).toEqual([1, 1]);
  });

  it('stays where all transactions are refused, and is gone where the block is', () => {
    const chain = new TestChain(ledger, { contracts: bind });
    const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
    const refused = ledger.officerTransaction(ledger.provider, WriteSlots, { slots }, chain.time);
    const block = { height: 1, time: chain.time, transactions: [refused], ...away };
    chain.machine.execute(block);
    expect(readTold(chain)).toBeNull();
    chain.machine.execute({ ...block, lastCommit: [] });
    expect(chain.verdicts(refused)).toEqual(['SIGNER_ROLE']);
    expect(readTold(chain)).toEqual({ height: 1, away: 0, evidence: 0 });
  });

  it('leaves what transactions announce to be heard', () => {
    const chain = new TestChain(ledger, { contracts: bind });
    const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
    const signed = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, chain.time);
    const { events } = chain.block([signed], away);
    expect(events[0]!.map(({ name }) => name)).toEqual(['slots-written']);
    expect(codeOf(() => chain.machine.check(readMessage(chain), chain.time))).toBeUndefined();
    expect(seen.splice(0)).toEqual([2, 1]);
  });
});
