import type { Genesis } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { samplePlan } from '@ward/testkit/sample-promotion';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { Directory, directoryKey, networkState } from '../contracts/network/state.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { StateMachine } from '../state-machine.ts';

const crypto = await loadCrypto();
const { genesis } = new TestLedger(crypto, [['provider'], ['payer']]);
type Member = Genesis['members'][number];

const open = (changed: Genesis) =>
  StateMachine.open({ storage: new MemoryStorage(), crypto, genesis: changed });

/** The genesis with every member changed. */
function withMembers(change: (member: Member) => Member): Genesis {
  return { ...genesis, members: genesis.members.map(change) };
}

function withKeys(change: (key: Member['account']['keys'][number]) => object): Genesis {
  return withMembers((member) => {
    const keys = member.account.keys.map((key) => ({ ...key, ...change(key) }));
    return { ...member, account: { ...member.account, keys } };
  });
}

describe('the genesis', () => {
  it('becomes the state at height 0', () => {
    const machine = open(genesis);
    expect([machine.height, machine.time]).toEqual([0, TEST_TIME]);
    const { value } = machine.prove(directoryKey);
    expect(Directory.decode(value!).organisations).toEqual(genesis.members.map(({ id }) => id));
    for (const { id, organisation } of genesis.members) {
      expect(machine.read(networkState.organisations, id)).toEqual(organisation);
    }
    expect(machine.read(networkState.parameters)).toEqual(genesis.parameters);
  });

  it('gives another state and another network for every other genesis', () => {
    const other = open({ ...genesis, time: TEST_TIME + 1 });
    expect(other.realm.network).not.toEqual(open(genesis).realm.network);
    const rules = { ...genesis.parameters, decideVersion: 7 };
    expect(open({ ...genesis, parameters: rules }).appHash).not.toEqual(open(genesis).appHash);
  });

  it('needs an active registrar with an officer whose key counts', () => {
    const broken = [
      withMembers((m) => ({ ...m, organisation: { ...m.organisation, roles: ['provider'] } })),
      withMembers((m) => ({ ...m, organisation: { ...m.organisation, status: 'suspended' } })),
      withKeys(() => ({ kind: 'service' })),
      withKeys(() => ({ until: TEST_TIME })),
    ];
    for (const changed of broken) expect(codeOf(() => open(changed))).toBe('GENESIS_INVALID');
  });

  it('needs members that are whole', () => {
    const stranger = new Uint8Array(16);
    const broken = [
      withMembers((m) => ({ ...m, account: { ...m.account, organisation: stranger } })),
      withMembers((m) => ({ ...m, organisation: { ...m.organisation, roles: [] } })),
      withMembers((m) => ({ ...m, organisation: { ...m.organisation, successor: stranger } })),
      withKeys(() => ({ publicKey: new Uint8Array(32) })),
      withKeys(() => ({ publicKey: new Uint8Array(33) })),
      withKeys(() => ({ from: TEST_TIME + 1 })),
      { ...genesis, chain: '' },
      { ...genesis, network: new Uint8Array(32) },
      { ...genesis, predecessor: { chain: 'ward-0', height: 1, hash: new Uint8Array(32) } },
    ];
    for (const changed of broken) expect(codeOf(() => open(changed))).toBe('GENESIS_INVALID');
  });

  it('may continue another ledger, whose network it keeps', () => {
    const network = new Uint8Array(32).fill(5);
    const { governance } = samplePlan(new TestLedger(crypto));
    const predecessor = { chain: 'ward-0', height: 9, hash: new Uint8Array(32) };
    const next = { ...genesis, network, predecessor, governance, members: [] };
    expect(open(next).realm.network).toEqual(network);
    expect(codeOf(() => open({ ...next, governance: null }))).toBe('GENESIS_INVALID');
    expect(codeOf(() => open({ ...next, chain: 'ward-0' }))).toBe('GENESIS_INVALID');
  });
});
