import {
  type Action,
  BondStake,
  CastVote,
  encodeMessage,
  MakeProposal,
  networkState,
  OpenAccount,
  proposalNumber,
  RegisterValidator,
  type Role,
  type Rules,
  signValidatorKey,
  UnbondStake,
  UnjailValidator,
  WriteSlots,
} from '@ward/ledger/schema';
import { type MessageEnvelope, parseHex, toHex, validatorAddress } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import {
  beginGovernance,
  beginNaively,
  chooseAgain,
  countOf,
  doNaively,
  type GovernanceWorld,
  mayDo,
  type NaiveBlock,
  obstacleTo,
  stakeAt,
  votersOf,
} from '@ward/testkit/naive-governance';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestChain, verdictOf } from '@ward/testkit/test-chain';
import type { TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { Misbehaviour } from './contract/block-report.ts';
import type { VerifiedTransaction } from './machine/transaction.ts';

const crypto = await loadCrypto();
const part = (numerator: number, denominator: number) => ({ numerator, denominator });
const rules: Partial<Rules> = {
  ...{ weighting: 'stake', stakePerPower: 10, bondMin: 20, validatorsMax: 3 },
  ...{ membership: part(3, 5), constitution: part(3, 5), emergency: part(3, 5) },
  ...{ absenceBlocks: 2, absenceTolerated: part(1, 3), absenceSlash: part(1, 10) },
  ...{ misbehaviourSlash: part(1, 3), votingSeconds: 300, absenceJailSeconds: 30 },
  unbondingSeconds: 90,
};
const ledger = governedLedger(crypto, {
  roles: [['provider'], ['payer'], ['laboratory'], ['regulator']],
  validators: 3,
  rules,
  consensus: { evidenceSecondsMax: 90 },
  stakes: [100, 60, 40, 90].map((bonded, i) => ({ free: 10 * i, bonded })),
});
const strangers = [40, 41].map((number) => ledger.makeMember(number));
const everybody = [...ledger.members, ...strangers];

interface Author {
  readonly organisation: string;
  readonly isOfficer: boolean;
}
type Rule = (world: GovernanceWorld, author: Author, block: NaiveBlock) => string | undefined;
interface Step {
  readonly message: MessageEnvelope;
  readonly rule: Rule;
  readonly isGovernance?: boolean;
}

function addressOf(index: number, generation: number): string {
  return toHex(validatorAddress(validatorKey(crypto, index, generation).publicKey, crypto));
}

function anyAction(random: SeededRandom): Action {
  const { id: organisation } = random.pick(everybody);
  const { name, endpoints, sealingKey, custodian } = ledger.genesis.members[0]!.organisation;
  const profile = { name, endpoints, sealingKey, custodian };
  const roles = random.pick<readonly Role[]>([['payer'], ['regulator'], [], ['payer', 'payer']]);
  const validatorsMax = 1 + random.below(4);
  const weighting = random.pick(['equal', 'stake'] as const);
  const changed = { ...ledger.genesis.governance!.rules, validatorsMax, weighting };
  const plan = { name: 'ward-2', height: 1_000_000, digest: new Uint8Array(32) };
  const decideDigest = new Uint8Array(32);
  return random.pick<Action>([
    { kind: 'admit-organisation', organisation, roles, ...profile },
    { kind: 'admit-organisation', organisation, roles, ...profile },
    { kind: 'suspend-organisation', organisation },
    { kind: 'reinstate-organisation', organisation },
    { kind: 'set-roles', organisation, roles },
    { kind: 'add-validator', organisation },
    { kind: 'remove-validator', organisation },
    { kind: 'unjail-validator', organisation },
    { kind: 'grant-stake', organisation, amount: 1 + random.below(99) },
    { kind: 'set-decide-rules', decideVersion: 1 + random.below(5), decideDigest },
    { kind: 'set-rules', rules: changed },
    { kind: 'plan-upgrade', ...plan },
    { kind: 'cancel-upgrade' },
    { kind: 'halt-network' },
    { kind: 'resume-network' },
    { kind: 'resume-network' },
  ]);
}

/** Counts a vote and does what it decides. */
function vote(world: GovernanceWorld, number: number, id: string, choice: 'yes' | 'no', t: number) {
  const proposal = world.proposals[number - 1]!;
  proposal.votes.set(id, choice);
  const voters = votersOf(world).length;
  const { numerator, denominator } = world.rules.membership;
  const isOver = (count: number) => count * denominator >= voters * numerator;
  if (isOver(countOf(world, proposal, 'yes'))) {
    const obstacle = obstacleTo(world, proposal.action);
    proposal.end = obstacle === undefined ? 'executed' : 'failed';
    proposal.code = obstacle ?? null;
    if (obstacle === undefined) doNaively(world, proposal.action, t);
  } else if (!isOver(voters - countOf(world, proposal, 'no'))) proposal.end = 'rejected';
  if (proposal.end !== null) world.open = world.open.filter((other) => other !== number);
}

function makeProposal(random: SeededRandom): Step {
  const action = anyAction(random);
  const rule: Rule = (world, { organisation, isOfficer }, { time }) => {
    if (!isOfficer || !mayDo(world, organisation, 'propose')) return 'SIGNER_ROLE';
    const alive = world.open.filter((number) => world.proposals[number - 1]!.closes > time);
    const own = alive.filter((n) => world.proposals[n - 1]!.proposer === organisation);
    if (own.length >= 4) return 'PROPOSALS_FULL';
    const obstacle = obstacleTo(world, action);
    if (obstacle !== undefined) return obstacle;
    for (const number of world.open) {
      if (!alive.includes(number)) world.proposals[number - 1]!.end = 'expired';
    }
    const closes = time + world.rules.votingSeconds;
    const nothing = { votes: new Map(), end: null, code: null };
    const number = world.proposals.push({ proposer: organisation, action, closes, ...nothing });
    world.open = [...alive, number];
    if (mayDo(world, organisation, 'vote')) vote(world, number, organisation, 'yes', time);
    return undefined;
  };
  return { message: encodeMessage(MakeProposal, { action }), rule, isGovernance: true };
}

function castVote(random: SeededRandom): Step {
  const choice = random.pick(['yes', 'yes', 'yes', 'no'] as const);
  const proposal = open.length === 0 ? 1 + random.below(3) : random.pick(open);
  const rule: Rule = (world, { organisation, isOfficer }, { time }) => {
    if (!isOfficer || !mayDo(world, organisation, 'vote')) return 'SIGNER_ROLE';
    const found = world.proposals[proposal - 1];
    if (found === undefined) return 'PROPOSAL_UNKNOWN';
    if (found.end !== null || found.closes <= time) return 'PROPOSAL_CLOSED';
    if (found.votes.has(organisation)) return 'VOTE_CAST';
    vote(world, proposal, organisation, choice, time);
    return undefined;
  };
  return { message: encodeMessage(CastVote, { proposal, choice }), rule, isGovernance: true };
}
/** What is open before the block that is planned. */
let open: readonly number[] = [];

function mostly(signer: TestMember, random: SeededRandom): TestMember {
  return random.below(8) === 0 ? random.pick(everybody) : signer;
}

function register(random: SeededRandom, signer: TestMember): Step {
  const index = everybody.indexOf(mostly(signer, random));
  const generation = random.below(3);
  const { id: organisation } = everybody[index]!;
  const named = random.below(6) === 0 ? everybody[0]!.id : organisation;
  const key = signValidatorKey(named, validatorKey(crypto, index, generation), ledger.realm);
  const rule: Rule = (world, author) => {
    const id = toHex(organisation);
    if (!author.isOfficer || author.organisation !== id) return 'SIGNER_ROLE';
    if (!mayDo(world, id, 'validate')) return 'SIGNER_ROLE';
    if (toHex(named) !== id) return 'VALIDATOR_KEY_UNPROVEN';
    const address = addressOf(index, generation);
    if (world.keys.has(address)) return 'VALIDATOR_KEY_TAKEN';
    world.keys.set(address, id);
    const before = world.validators.get(id) ?? { jail: null, judged: 0 };
    world.validators.set(id, { ...before, key: address });
    chooseAgain(world);
    return undefined;
  };
  return { message: encodeMessage(RegisterValidator, { organisation, ...key }), rule };
}

function moveStake(random: SeededRandom, signer: TestMember): Step {
  const { id: organisation } = mostly(signer, random);
  const amount = 1 + random.below(70);
  const isBond = random.below(2) === 0;
  const rule: Rule = (world, author, { time }) => {
    const id = toHex(organisation);
    if (!author.isOfficer || author.organisation !== id) return 'SIGNER_ROLE';
    if (isBond && world.rules.weighting === 'equal') return 'STAKE_UNUSED';
    const stake = stakeAt(world, id, time);
    if (amount > (isBond ? stake.free : stake.bonded)) return 'STAKE_SHORT';
    if (!isBond && stake.unbonding.length >= 16) return 'UNBONDINGS_FULL';
    if (isBond) stake.free -= amount;
    else stake.unbonding.push({ amount, time: time + world.rules.unbondingSeconds });
    stake.bonded += isBond ? amount : -amount;
    world.stakes.set(id, stake);
    chooseAgain(world);
    return undefined;
  };
  const message = { organisation, amount };
  return { message: encodeMessage(isBond ? BondStake : UnbondStake, message), rule };
}

function unjail(random: SeededRandom, signer: TestMember): Step {
  const { id: organisation } = mostly(signer, random);
  const rule: Rule = (world, author, { time }) => {
    const id = toHex(organisation);
    if (!author.isOfficer || author.organisation !== id) return 'SIGNER_ROLE';
    const validator = world.validators.get(id);
    if (validator === undefined) return 'VALIDATOR_UNKNOWN';
    if (validator.jail === null) return 'VALIDATOR_FREE';
    const { jail } = validator;
    if (jail.kind === 'misbehaviour' || jail.until > time) return 'VALIDATOR_JAILED';
    validator.jail = null;
    chooseAgain(world);
    return undefined;
  };
  return { message: encodeMessage(UnjailValidator, { organisation }), rule };
}

function openAccount(random: SeededRandom): Step {
  const { id: account, officer } = random.pick(everybody);
  const keys = [{ kind: 'officer' as const, publicKey: officer.publicKey, passkey: null }];
  const rule: Rule = (world, { organisation, isOfficer }) => {
    if (!isOfficer || !mayDo(world, organisation, 'propose')) return 'SIGNER_ROLE';
    if (world.accounts.has(toHex(account))) return 'ACCOUNT_TAKEN';
    world.accounts.add(toHex(account));
    return undefined;
  };
  const message = { account, organisation: account, keys };
  return { message: encodeMessage(OpenAccount, message), rule };
}

function writeSlot(random: SeededRandom): Step {
  const slots = [{ address: random.bytes(32), value: new Uint8Array(32) }];
  const rule: Rule = (_, { isOfficer }) => (isOfficer ? 'SIGNER_ROLE' : undefined);
  return { message: encodeMessage(WriteSlots, { slots }), rule };
}

const STEPS: readonly ((random: SeededRandom, signer: TestMember) => Step)[] = [
  ...[makeProposal, makeProposal, ...Array(8).fill(castVote)],
  ...[register, moveStake, unjail, openAccount, writeSlot],
];

interface Planned {
  readonly transaction: VerifiedTransaction;
  readonly signer: TestMember;
  readonly isOfficer: boolean;
  readonly steps: readonly Step[];
}

function plan(random: SeededRandom, time: number): Planned {
  const signer = random.pick(random.below(9) === 0 ? everybody : ledger.members);
  const isOfficer = random.below(12) > 0;
  const count = random.pick([1, 1, 1, 2]);
  const steps = Array.from({ length: count }, () => random.pick(STEPS)(random, signer));
  const keyPair = isOfficer ? signer.officer : signer.service;
  const messages = steps.map(({ message }) => message);
  const signers = [{ account: signer.id, keyPair }];
  return {
    transaction: ledger.transaction(messages, signers, time + 60),
    signer,
    isOfficer,
    steps,
  };
}

/** The naive ledger's word on a transaction, and the world behind it. */
function judge(before: GovernanceWorld, planned: Planned, block: NaiveBlock) {
  const organisation = toHex(planned.signer.id);
  const { isOfficer, steps } = planned;
  const isKnown = before.organisations.has(organisation);
  const isFounder = ledger.members.includes(planned.signer);
  if (!isKnown || (!isFounder && !isOfficer)) return { verdict: 'SIGNER_UNKNOWN', world: before };
  if (before.organisations.get(organisation)!.status !== 'active') {
    return { verdict: 'ORGANISATION_SUSPENDED', world: before };
  }
  const world = structuredClone(before);
  for (const { rule, isGovernance = false } of steps) {
    if (world.isHalted && !isGovernance) return { verdict: 'NETWORK_HALTED', world: before };
    const code = rule(world, { organisation, isOfficer }, block);
    if (code !== undefined) return { verdict: code, world: before };
  }
  return { verdict: 'applied', world };
}

function anyReport(random: SeededRandom, world: GovernanceWorld, { height, time }: NaiveBlock) {
  const lastCommit = [...world.active.keys()].map((id) => {
    const validator = parseHex(world.validators.get(id)!.key);
    return { validator, isSigned: random.below(3) > 0 };
  });
  const index = random.below(ledger.members.length);
  const evidence: Misbehaviour = {
    kind: random.pick(['duplicate-vote', 'light-client-attack'] as const),
    validator: parseHex(addressOf(index, random.below(2))),
    height: Math.max(1, height - 1 - random.below(9)),
    time: time - random.below(50),
    totalPower: 9,
  };
  return { lastCommit, misbehaviour: random.below(12) === 0 ? [evidence] : [] };
}

/** Everything that stands in both must be the same. */
function compare({ machine }: TestChain, world: GovernanceWorld): void {
  for (const [id, { roles, status }] of world.organisations) {
    const found = machine.read(networkState.organisations, parseHex(id));
    expect([found?.roles, found?.status]).toEqual([roles, status]);
  }
  const agenda = machine.read(networkState.agenda)!;
  expect([agenda.open, agenda.voters]).toEqual([world.open, votersOf(world).length]);
  expect(agenda.haltedSince !== null).toBe(world.isHalted);
  for (const [i, proposal] of world.proposals.entries()) {
    const { yes, no, end, code } = machine.read(networkState.proposals, proposalNumber(i + 1))!;
    expect([end?.how ?? null, code]).toEqual([proposal.end, proposal.code]);
    if (end !== null) continue;
    expect([yes, no]).toEqual(['yes', 'no'].map((choice) => countOf(world, proposal, choice)));
  }
  const { active, approved } = machine.read(networkState.validatorSet)!;
  expect(approved.map(toHex)).toEqual([...world.approved].sort());
  const powers = active.map(({ organisation, power }) => [toHex(organisation), power]);
  expect(powers).toEqual([...world.active].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const [id, { jail, judged }] of world.validators) {
    const found = machine.read(networkState.validators, parseHex(id))!;
    expect([found.jail, found.judgedHeight]).toEqual([jail, judged]);
  }
  for (const [id, stake] of world.stakes) {
    expect(machine.read(networkState.stakes, parseHex(id))).toEqual(stake);
  }
  const { granted, burned } = machine.read(networkState.supply)!;
  expect([granted, burned]).toEqual([world.granted, world.burned]);
}

function play(seed: number, seen: Map<string, number>): void {
  const random = seededRandom(seed);
  const chain = new TestChain(ledger, { retainedHeights: 3 });
  let world = beginGovernance(ledger);
  for (let i = 0; i < 60; i++) {
    chain.time += random.below(25);
    const block = { height: chain.machine.height + 1, time: chain.time };
    open = world.open;
    const planned = Array.from({ length: random.below(7) }, () => plan(random, chain.time));
    const report = anyReport(random, world, block);
    if (planned.length > 0 || report.misbehaviour.length > 0) beginNaively(world, report, block);
    const expected = planned.map((one) => {
      const judged = judge(world, one, block);
      world = judged.world;
      return judged.verdict;
    });
    const { results } = chain.block(
      planned.map(({ transaction }) => transaction),
      report,
    );
    expect(results.map(verdictOf)).toEqual(expected);
    if (i % 4 === 3) compare(chain, world);
    for (const verdict of expected) seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    if (random.below(10) === 0) chain.restart();
  }
  for (const { end } of world.proposals) seen.set(`${end}`, (seen.get(`${end}`) ?? 0) + 1);
}

describe('the members of a network', () => {
  it('decide what a plain second writing of their rules does', () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 14; seed++) play(seed, seen);
    // Else the histories would not say much.
    expect(seen.get('applied')).toBeGreaterThan(100);
    for (const end of ['executed', 'rejected', 'expired', 'failed']) {
      expect(seen.get(end), end).toBeGreaterThan(0);
    }
    expect(seen.size).toBeGreaterThan(25);
  });
});
