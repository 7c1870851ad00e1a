import type { Genesis, Governance } from '@ward/ledger/schema';
import { hasCode } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../memory-storage.ts';
import { Genesis as GenesisFormat, networkOf } from '../../schema/genesis.ts';
import { StateMachine } from '../../state-machine.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const { genesis, members } = governedLedger(crypto, {
  roles: [['provider'], ['payer'], ['regulator']],
  validators: 2,
  rules: { weighting: 'stake', stakePerPower: 10, bondMin: 10 },
  stakes: [
    { free: 1, bonded: 20 },
    { free: 0, bonded: 30 },
  ],
});
const governance = genesis.governance!;

function open(changed: Genesis): StateMachine {
  return StateMachine.open({ storage: new MemoryStorage(), crypto, genesis: changed });
}

/** Why a network cannot begin like this; `begins` where it can. */
function reasonOf(change: Partial<Genesis>, own: Partial<Governance> = {}): unknown {
  try {
    open({ ...genesis, ...change, governance: { ...governance, ...own } });
    return 'begins';
  } catch (error) {
    expect(hasCode(error, 'GENESIS_INVALID')).toBe(true);
    return String((error as { data: { reason: unknown } }).data.reason);
  }
}

describe('the genesis of a network that its members govern', () => {
  it('becomes the state that they begin with', () => {
    const machine = open(genesis);
    expect(machine.read(networkState.rules)).toEqual(governance.rules);
    expect(machine.read(networkState.consensus)).toEqual(governance.consensus);
    expect(machine.read(networkState.agenda)).toEqual({
      ...{ next: 1, open: [], voters: 3, haltedSince: null },
    });
    expect(machine.read(networkState.supply)).toMatchObject({ granted: 51, burned: 0 });
    const { active, approved } = machine.read(networkState.validatorSet)!;
    expect(approved).toEqual(governance.validators.map(({ organisation }) => organisation));
    expect(active.map(({ power }) => power).sort()).toEqual([2, 3]);
    expect(machine.read(networkState.release)).toEqual({ current: 'ward-1', plan: null });
  });

  it('has another digest than one without governance, which keeps its bytes', () => {
    const plain = new TestLedger(crypto, [['provider'], ['payer'], ['regulator']]).genesis;
    const bytes = GenesisFormat.encode(plain);
    expect(GenesisFormat.decode(bytes).governance).toBeNull();
    expect(bytes[0]).toBe(0x88);
    expect(GenesisFormat.encode(genesis)[0]).toBe(0x89);
    expect(networkOf(genesis, crypto)).not.toEqual(networkOf(plain, crypto));
    expect(GenesisFormat.decode(GenesisFormat.encode(genesis))).toEqual(genesis);
  });

  it('lists the validators that its rules choose', () => {
    const [one, other] = genesis.validators as [(typeof genesis.validators)[0], never];
    expect(reasonOf({ validators: [other, one] })).toBe('begins');
    expect(reasonOf({ validators: [one] })).toBe('validators');
    expect(reasonOf({ validators: [one, one] })).toBe('validators');
    expect(reasonOf({ validators: [one, { ...(other as typeof one), power: 9 }] })).toBe(
      'validators',
    );
    expect(reasonOf({}, { stakes: [] })).toBe('validators');
    const strangers = governance.validators.map((validator, i) => {
      return { ...validator, organisation: new Uint8Array(16).fill(i) };
    });
    expect(reasonOf({}, { validators: strangers })).toBe('validators');
  });

  it('has rules that a network can live by, a release, and stakes of members', () => {
    const membership = { numerator: 1, denominator: 2 };
    expect(reasonOf({}, { rules: { ...governance.rules, membership } })).toBe('rules');
    expect(reasonOf({}, { release: '' })).toBe('release');
    const [stake] = governance.stakes as [(typeof governance.stakes)[0]];
    const foreign = { ...stake, organisation: new Uint8Array(16) };
    expect(reasonOf({}, { stakes: [foreign, ...governance.stakes] })).toBe('stakes');
    const huge = governance.stakes.map((one) => ({ ...one, free: Number.MAX_SAFE_INTEGER }));
    expect(reasonOf({}, { stakes: huge })).toBe('stakes');
  });

  it('has somebody with a vote and an officer’s key, and needs no registrar', () => {
    const withRoles = (roles: 'payer' | 'regulator') =>
      genesis.members.map((member) => {
        return { ...member, organisation: { ...member.organisation, roles: [roles] } };
      });
    expect(reasonOf({ members: withRoles('payer') })).toBe('begins');
    expect(reasonOf({ members: withRoles('regulator') })).toBe('voter');
    expect(members).toHaveLength(4);
  });
});
