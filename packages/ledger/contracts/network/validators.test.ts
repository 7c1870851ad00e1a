import type { Misbehaviour } from '@ward/ledger';
import { type Action, signValidatorKey } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { GovernedChain, governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import type { TestLedger, TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { BondStake, RegisterValidator, UnbondStake, UnjailValidator } from './messages.ts';
import { DEFAULT_CONSENSUS, DEFAULT_RULES } from './rules.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const roles = [['provider'], ['payer'], ['laboratory'], ['regulator']] as const;
const part = (numerator: number, denominator: number) => ({ numerator, denominator });

/** Four members with a vote, of whom three make blocks, each of the same weight. */
const equal = governedLedger(crypto, {
  roles,
  validators: 3,
  rules: { absenceBlocks: 3, absenceTolerated: part(1, 4), absenceJailSeconds: 100 },
});
/** The same by stake: 10, 20 and 30 of power, and a fourth with means. */
const staked = governedLedger(crypto, {
  roles,
  validators: 3,
  rules: {
    ...{ weighting: 'stake', stakePerPower: 10, bondMin: 50, validatorsMax: 3 },
    ...{ absenceBlocks: 2, absenceTolerated: part(0, 1), absenceSlash: part(1, 10) },
    misbehaviourSlash: part(1, 3),
  },
  stakes: [
    { free: 0, bonded: 100 },
    { free: 7, bonded: 200 },
    { free: 0, bonded: 300 },
    { free: 1000, bonded: 0 },
  ],
});

function register(chain: GovernedChain, index: number, generation = 0): string {
  const { ledger } = chain;
  const member = ledger.members[index]!;
  const { id: organisation } = member;
  const keyPair = validatorKey(crypto, index, generation);
  const signed = signValidatorKey(organisation, keyPair, ledger.realm);
  return chain.officer(member, RegisterValidator, { organisation, ...signed });
}

const about = (
  kind: 'add-validator' | 'remove-validator' | 'unjail-validator',
  { id: organisation }: TestMember,
): Action => ({ kind, organisation });

/** The last block's updates as member → power. */
function updatesOf(chain: GovernedChain, member: TestMember, kind: never, message: never) {
  const signed = chain.ledger.officerTransaction(member, kind, message, chain.time);
  return chain.block([signed]).validatorUpdates;
}

/** A block with a transaction that says who did not sign the block before. */
function blockWithout(chain: GovernedChain, ...away: readonly number[]) {
  const { ledger, machine } = chain;
  const { active } = machine.read(networkState.validatorSet)!;
  const lastCommit = active.map(({ organisation }) => {
    const index = indexOf(ledger, organisation);
    return { validator: chain.address(index), isSigned: !away.includes(index) };
  });
  const refused = ledger.serviceTransaction(ledger.members[0]!, BondStake, nothing, chain.time);
  return chain.block([refused], { lastCommit });
}
const nothing = { organisation: new Uint8Array(16), amount: 1 };

function indexOf(ledger: TestLedger, organisation: Uint8Array): number {
  return ledger.members.findIndex(({ id }) => id.join() === organisation.join());
}

function evidence(chain: GovernedChain, index: number, changed: Partial<Misbehaviour> = {}) {
  const misbehaviour: Misbehaviour = {
    kind: 'duplicate-vote',
    validator: chain.address(index),
    height: chain.machine.height,
    time: chain.time,
    totalPower: 3,
    ...changed,
  };
  return chain.block([], { misbehaviour: [misbehaviour] });
}

function stakeOf(chain: GovernedChain, index: number) {
  return chain.machine.read(networkState.stakes, chain.ledger.members[index]!.id)!;
}

function jailOf(chain: GovernedChain, index: number) {
  return chain.machine.read(networkState.validators, chain.ledger.members[index]!.id)!.jail;
}

describe('validators of the same weight', () => {
  const [first, second, , fourth] = equal.members as readonly TestMember[] as [
    ...[TestMember, TestMember, TestMember, TestMember],
  ];

  it('are registered with a key that says so, approved by vote, and told to the engine', () => {
    const chain = new GovernedChain(equal);
    expect(chain.powers()).toEqual({ 0: 1, 1: 1, 2: 1 });
    expect(chain.propose(first, about('add-validator', fourth))).toBe('VALIDATOR_UNKNOWN');
    expect(register(chain, 3)).toBe('applied');
    expect(chain.decide(about('add-validator', fourth))).toBe('executed');
    expect(chain.powers()).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1 });
    expect(chain.propose(first, about('add-validator', fourth))).toBe('VALIDATOR_APPROVED');
    chain.restart();
    expect(chain.powers()).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1 });
  });

  it('come with a key of their own, by an officer of an organisation that may', () => {
    const chain = new GovernedChain(equal);
    const { id: organisation } = fourth;
    const foreign = signValidatorKey(first.id, validatorKey(crypto, 3), equal.realm);
    expect(chain.officer(fourth, RegisterValidator, { organisation, ...foreign })).toBe(
      'VALIDATOR_KEY_UNPROVEN',
    );
    const taken = signValidatorKey(organisation, validatorKey(crypto, 0), equal.realm);
    expect(chain.officer(fourth, RegisterValidator, { organisation, ...taken })).toBe(
      'VALIDATOR_KEY_TAKEN',
    );
    const own = signValidatorKey(organisation, validatorKey(crypto, 3), equal.realm);
    expect(chain.officer(first, RegisterValidator, { organisation, ...own })).toBe('SIGNER_ROLE');
    expect(register(chain, 4)).toBe('SIGNER_ROLE');
  });

  it('change their key: the old one leaves with the new one’s coming', () => {
    const chain = new GovernedChain(equal);
    const key = signValidatorKey(second.id, validatorKey(crypto, 1, 1), equal.realm);
    const message = { organisation: second.id, ...key };
    const updates = updatesOf(chain, second, RegisterValidator as never, message as never);
    const [before, after] = [validatorKey(crypto, 1), validatorKey(crypto, 1, 1)];
    expect(updates).toHaveLength(2);
    expect(updates).toContainEqual({ publicKey: before.publicKey, power: 0 });
    expect(updates).toContainEqual({ publicKey: after.publicKey, power: 1 });
    expect(register(chain, 1)).toBe('VALIDATOR_KEY_TAKEN');
  });

  it('leave by vote, or with their organisation, but never the last of them', () => {
    const chain = new GovernedChain(equal);
    const { members } = equal;
    expect(chain.decide(about('remove-validator', members[2]!))).toBe('executed');
    expect(chain.propose(first, about('remove-validator', members[2]!))).toBe('VALIDATOR_UNKNOWN');
    const suspend: Action = { kind: 'suspend-organisation', organisation: second.id };
    expect(chain.decide(suspend, [first, members[2]!, fourth])).toBe('executed');
    expect(chain.powers()).toEqual({ 0: 1 });
    expect(chain.propose(first, about('remove-validator', first))).toBe('VALIDATOR_LAST');
    evidence(chain, 0);
    expect(jailOf(chain, 0)).toEqual({ kind: 'misbehaviour' });
    expect(chain.powers()).toEqual({ 0: 1 });
  });

  it('are at most as many as a network may have', () => {
    const many = Array.from({ length: 200 }, () => ['provider'] as const);
    const rules = { validatorsMax: 200 };
    const large = governedLedger(crypto, { roles: many, validators: 200, rules });
    const chain = new GovernedChain(large, { checksInvariants: false });
    expect(Object.keys(chain.powers())).toHaveLength(200);
    expect(register(chain, 200)).toBe('applied');
    const last = large.members[200]!;
    expect(chain.propose(last, about('add-validator', last))).toBe('VALIDATORS_FULL');
  });

  it('bond no stake, whoever asks', () => {
    const chain = new GovernedChain(equal);
    const message = { organisation: first.id, amount: 1 };
    expect(chain.officer(first, BondStake, message)).toBe('STAKE_UNUSED');
    expect(chain.officer(first, UnbondStake, message)).toBe('STAKE_SHORT');
  });
});

describe('absence', () => {
  const second = equal.members[1]!;
  const unjail = { organisation: second.id };

  it('leaves the state as it is while all sign, and in blocks in which nothing happens', () => {
    const chain = new GovernedChain(equal);
    const other = new GovernedChain(equal);
    blockWithout(chain);
    other.block([equal.serviceTransaction(equal.members[0]!, BondStake, nothing, other.time)]);
    expect(chain.machine.read(networkState.absences)).toBeNull();
    const lastCommit = [{ validator: chain.address(1), isSigned: false }];
    const { appHash } = chain.machine;
    expect(chain.block([], { lastCommit }).appHash).toEqual(appHash);
  });

  it('jails who missed too much, and says so to the engine', () => {
    const chain = new GovernedChain(equal);
    for (let i = 0; i < 2; i++) expect(blockWithout(chain, 1).validatorUpdates).toEqual([]);
    const { publicKey } = validatorKey(crypto, 1);
    expect(blockWithout(chain, 1).validatorUpdates).toEqual([{ publicKey, power: 0 }]);
    expect(jailOf(chain, 1)).toEqual({ kind: 'absence', until: chain.time + 100 });
    expect(chain.powers()).toEqual({ 0: 1, 2: 1 });
    expect(chain.machine.read(networkState.absences)!.scores).toEqual([]);
  });

  it('is forgiven to who comes back, and for ever to who misses what is tolerated', () => {
    const chain = new GovernedChain(equal);
    for (let i = 0; i < 40; i++) {
      blockWithout(chain, 1);
      for (let j = 0; j < 3; j++) blockWithout(chain);
    }
    expect(jailOf(chain, 1)).toBeNull();
    expect(chain.machine.read(networkState.absences)!.scores).toEqual([]);
  });

  it('ends in a jail that the own officer leaves when its time has passed', () => {
    const chain = new GovernedChain(equal);
    expect(chain.officer(second, UnjailValidator, unjail)).toBe('VALIDATOR_FREE');
    for (let i = 0; i < 3; i++) blockWithout(chain, 1);
    expect(chain.officer(second, UnjailValidator, unjail)).toBe('VALIDATOR_JAILED');
    chain.time += 100;
    expect(chain.officer(equal.members[0]!, UnjailValidator, unjail)).toBe('SIGNER_ROLE');
    const updates = updatesOf(chain, second, UnjailValidator as never, unjail as never);
    expect(updates).toEqual([{ publicKey: validatorKey(crypto, 1).publicKey, power: 1 }]);
    const fourth = { organisation: equal.members[3]!.id };
    expect(chain.officer(equal.members[3]!, UnjailValidator, fourth)).toBe('VALIDATOR_UNKNOWN');
  });

  it('never takes the last validator', () => {
    const chain = new GovernedChain(equal);
    for (let i = 0; i < 9; i++) blockWithout(chain, 0, 1, 2);
    expect(Object.keys(chain.powers())).toHaveLength(1);
    expect(chain.machine.read(networkState.absences)!.scores).toHaveLength(1);
  });

  it('goes on with a changed key, which had no vote yet', () => {
    const chain = new GovernedChain(equal);
    for (let i = 0; i < 2; i++) blockWithout(chain, 1);
    const { scores } = chain.machine.read(networkState.absences)!;
    expect(register(chain, 1, 1)).toBe('applied');
    const lastCommit = [{ validator: chain.address(1), isSigned: false }];
    const refused = equal.serviceTransaction(second, BondStake, nothing, chain.time);
    chain.block([refused], { lastCommit });
    expect(chain.machine.read(networkState.absences)!.scores).toEqual(scores);
  });
});

describe('misbehaviour', () => {
  it('jails until a vote, and takes a part of the stake, in a block without transactions', () => {
    const chain = new GovernedChain(staked);
    const second = staked.members[1]!;
    const { publicKey } = validatorKey(crypto, 1);
    chain.block();
    expect(evidence(chain, 1).validatorUpdates).toEqual([{ publicKey, power: 0 }]);
    expect(stakeOf(chain, 1)).toEqual({ free: 7, bonded: 134, unbonding: [] });
    expect(chain.machine.read(networkState.supply)).toMatchObject({ granted: 1607, burned: 66 });
    const unjail = { organisation: second.id };
    expect(chain.officer(second, UnjailValidator, unjail)).toBe('VALIDATOR_JAILED');
    const action = about('unjail-validator', second);
    expect(chain.decide(action)).toBe('executed');
    expect(chain.powers()).toEqual({ 0: 10, 1: 13, 2: 30 });
    expect(chain.propose(second, action)).toBe('VALIDATOR_FREE');
    expect(chain.propose(second, about('unjail-validator', staked.members[3]!))).toBe(
      'VALIDATOR_UNKNOWN',
    );
  });

  it('is judged once, with all that was done before', () => {
    const chain = new GovernedChain(staked);
    chain.block();
    const height = chain.machine.height;
    evidence(chain, 1, { height });
    evidence(chain, 1, { height });
    evidence(chain, 1, { height: height - 1 });
    expect(stakeOf(chain, 1).bonded).toBe(134);
    expect(chain.decide(about('unjail-validator', staked.members[1]!))).toBe('executed');
    evidence(chain, 1, { height });
    expect(jailOf(chain, 1)).toBeNull();
    evidence(chain, 1, { kind: 'light-client-attack' });
    expect(stakeOf(chain, 1).bonded).toBe(90);
  });

  it('is no matter where it is too old, or of nobody that is known', () => {
    const [rules, consensus] = [{ unbondingSeconds: 60 }, { evidenceBlocksMax: 2 }];
    const short = governedLedger(crypto, {
      ...{ roles, validators: 3, rules: { ...rules, weighting: 'equal' } },
      consensus: { ...consensus, evidenceSecondsMax: 50 },
    });
    const chain = new GovernedChain(short);
    for (let i = 0; i < 5; i++) chain.block();
    const { time } = chain;
    chain.time += 51;
    evidence(chain, 1, { height: 1, time });
    expect(jailOf(chain, 1)).toBeNull();
    evidence(chain, 1, { validator: new Uint8Array(20) });
    evidence(chain, 1, { height: 1, time: time + 1 });
    expect(jailOf(chain, 1)).toEqual({ kind: 'misbehaviour' });
  });

  it('by a key of before is of whom it was', () => {
    const chain = new GovernedChain(equal);
    register(chain, 1, 1);
    evidence(chain, 1);
    expect(jailOf(chain, 1)).toEqual({ kind: 'misbehaviour' });
    expect(chain.powers()).toEqual({ 0: 1, 2: 1 });
  });
});

describe('stake', () => {
  const [first, second, , fourth] = staked.members as readonly TestMember[] as [
    ...[TestMember, TestMember, TestMember, TestMember],
  ];
  const of = ({ id: organisation }: TestMember, amount: number) => ({ organisation, amount });

  it('is power, of the heaviest that may be', () => {
    const chain = new GovernedChain(staked);
    expect(chain.powers()).toEqual({ 0: 10, 1: 20, 2: 30 });
    register(chain, 3);
    expect(chain.decide(about('add-validator', fourth))).toBe('executed');
    expect(chain.powers()).toEqual({ 0: 10, 1: 20, 2: 30 });
    expect(chain.officer(fourth, BondStake, of(fourth, 49))).toBe('applied');
    expect(chain.powers()).toEqual({ 0: 10, 1: 20, 2: 30 });
    const updates = updatesOf(chain, fourth, BondStake as never, of(fourth, 60) as never);
    expect(updates).toHaveLength(0);
    expect(chain.officer(fourth, BondStake, of(fourth, 146))).toBe('applied');
    expect(chain.powers()).toEqual({ 1: 20, 2: 30, 3: 25 });
    expect(chain.officer(fourth, BondStake, of(fourth, 746))).toBe('STAKE_SHORT');
  });

  it('comes back when the time of unbonding has passed, and is at stake until then', () => {
    const chain = new GovernedChain(staked);
    const { time } = chain;
    expect(chain.officer(second, UnbondStake, of(second, 90))).toBe('applied');
    expect(chain.powers()).toEqual({ 0: 10, 1: 11, 2: 30 });
    expect(chain.officer(second, UnbondStake, of(second, 111))).toBe('STAKE_SHORT');
    expect(chain.officer(first, UnbondStake, of(second, 1))).toBe('SIGNER_ROLE');
    evidence(chain, 1);
    const back = time + DEFAULT_RULES.unbondingSeconds;
    expect(stakeOf(chain, 1)).toEqual({
      ...{ free: 7, bonded: 74 },
      unbonding: [{ amount: 60, time: back }],
    });
    chain.time = back - 1;
    expect(chain.officer(second, BondStake, of(second, 67))).toBe('STAKE_SHORT');
    chain.time = back;
    expect(chain.officer(second, BondStake, of(second, 67))).toBe('applied');
    expect(stakeOf(chain, 1)).toEqual({ free: 0, bonded: 141, unbonding: [] });
  });

  it('comes back in so many parts at a time', () => {
    const chain = new GovernedChain(staked);
    for (let i = 0; i < 16; i++) {
      expect(chain.officer(second, UnbondStake, of(second, 1))).toBe('applied');
    }
    expect(chain.officer(second, UnbondStake, of(second, 1))).toBe('UNBONDINGS_FULL');
  });

  it('is granted by vote, as much as amounts can count', () => {
    const chain = new GovernedChain(staked);
    const grant = (amount: number): Action => ({
      kind: 'grant-stake',
      organisation: staked.members[4]!.id,
      amount,
    });
    expect(chain.decide(grant(500))).toBe('executed');
    expect(stakeOf(chain, 4)).toEqual({ free: 500, bonded: 0, unbonding: [] });
    expect(chain.machine.read(networkState.supply)).toMatchObject({ granted: 2107, burned: 0 });
    expect(chain.propose(first, grant(Number.MAX_SAFE_INTEGER - 2106))).toBe('STAKE_LIMIT');
    expect(chain.decide(grant(Number.MAX_SAFE_INTEGER - 2107))).toBe('executed');
    expect(chain.officer(staked.members[4]!, BondStake, of(staked.members[4]!, 1))).toBe('applied');
  });

  it('counts no more where members agree to weigh the same', () => {
    const chain = new GovernedChain(staked);
    const rules = { ...staked.genesis.governance!.rules, weighting: 'equal' as const };
    expect(chain.decide({ kind: 'set-rules', rules })).toBe('executed');
    expect(chain.powers()).toEqual({ 0: 1, 1: 1, 2: 1 });
    expect(chain.officer(second, UnbondStake, of(second, 200))).toBe('applied');
    expect(chain.powers()).toEqual({ 0: 1, 1: 1, 2: 1 });
  });

  it('is lost in part for absence', () => {
    const chain = new GovernedChain(staked);
    for (let i = 0; i < 2; i++) blockWithout(chain, 2);
    expect(stakeOf(chain, 2).bonded).toBe(270);
    expect(jailOf(chain, 2)?.kind).toBe('absence');
    expect(DEFAULT_CONSENSUS.evidenceSecondsMax).toBeLessThan(DEFAULT_RULES.unbondingSeconds);
  });
});
