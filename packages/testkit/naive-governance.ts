import type { Misbehaviour, ValidatorVote } from '@ward/ledger';
import type { Action, Role, Rules } from '@ward/ledger/schema';
import { type Hex, toHex, validatorAddress } from '@ward/protocol';
import type { TestLedger } from './test-ledger.ts';

interface NaiveProposal {
  readonly proposer: string;
  readonly action: Action;
  readonly closes: number;
  /** By who voted; whether it counts is asked anew each time. */
  readonly votes: Map<string, 'yes' | 'no'>;
  end: string | null;
  code: string | null;
}

interface NaiveStake {
  free: number;
  bonded: number;
  unbonding: { amount: number; time: number }[];
}

interface NaiveValidator {
  key: string;
  jail: { readonly kind: 'absence'; until: number } | { readonly kind: 'misbehaviour' } | null;
  judged: number;
}

/** What members decided and who makes blocks, in plain maps under hexadecimal ids. */
export interface GovernanceWorld {
  readonly accounts: Set<string>;
  readonly organisations: Map<string, { roles: readonly Role[]; status: string }>;
  readonly proposals: NaiveProposal[];
  /** Numbers that the agenda lists, though their time may have passed. */
  open: number[];
  isHalted: boolean;
  decideVersion: number;
  rules: Rules;
  plan: number | null;
  readonly validators: Map<string, NaiveValidator>;
  /** Whose a key is or was, by its address. */
  readonly keys: Map<string, string>;
  readonly approved: Set<string>;
  active: Map<string, number>;
  readonly stakes: Map<string, NaiveStake>;
  granted: number;
  burned: number;
  scores: Map<string, number>;
}

export interface NaiveBlock {
  readonly height: number;
  readonly time: number;
}

const EVIDENCE_BLOCKS_MAX = 1_000_000;

/** What roles may do, a second time. */
export function mayDo(world: GovernanceWorld, id: string, right: 'propose' | 'vote' | 'validate') {
  const organisation = world.organisations.get(id);
  if (organisation?.status !== 'active') return false;
  return organisation.roles.some((role) => right === 'propose' || role !== 'regulator');
}

export function votersOf(world: GovernanceWorld): string[] {
  return [...world.organisations.keys()].filter((id) => mayDo(world, id, 'vote'));
}

/** Votes of those who may vote now. */
export function countOf(world: GovernanceWorld, { votes }: NaiveProposal, choice: string): number {
  return votersOf(world).filter((id) => votes.get(id) === choice).length;
}

/** The world of a genesis. */
export function beginGovernance({ genesis, crypto }: TestLedger): GovernanceWorld {
  const { members, governance, parameters } = genesis;
  const { validators, stakes } = governance!;
  const keyed = validators.map(({ organisation, publicKey }) => {
    return [toHex(organisation), toHex(validatorAddress(publicKey, crypto))] as const;
  });
  const sum = stakes.reduce((all, { free, bonded }) => all + free + bonded, 0);
  const world: GovernanceWorld = {
    accounts: new Set(members.map(({ id }) => toHex(id))),
    organisations: new Map(members.map(({ id, organisation }) => [toHex(id), { ...organisation }])),
    ...{ proposals: [], open: [], isHalted: false, plan: null, scores: new Map() },
    decideVersion: parameters.decideVersion,
    rules: governance!.rules,
    validators: new Map(keyed.map(([id, key]) => [id, { key, jail: null, judged: 0 }])),
    keys: new Map(keyed.map(([id, key]) => [key, id])),
    approved: new Set(keyed.map(([id]) => id)),
    active: new Map(),
    stakes: new Map(
      stakes.map(({ organisation, free, bonded }) => {
        return [toHex(organisation), { free, bonded, unbonding: [] }];
      }),
    ),
    ...{ granted: sum, burned: 0 },
  };
  chooseAgain(world);
  return world;
}

/** Who makes blocks with which weight, by the sentences of the page. */
export function chooseAgain(world: GovernanceWorld): void {
  const { rules } = world;
  const weights = [...world.approved].flatMap((id): [string, number][] => {
    const isAble = world.validators.get(id)!.jail === null && mayDo(world, id, 'validate');
    const { bonded } = stakeAt(world, id, 0);
    const isHeavy = rules.weighting === 'equal' || bonded >= rules.bondMin;
    const weight = rules.weighting === 'equal' ? 1 : Math.floor(bonded / rules.stakePerPower);
    return isAble && isHeavy && weight > 0 ? [[id, weight]] : [];
  });
  weights.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (weights.length > 0) world.active = new Map(weights.slice(0, rules.validatorsMax));
}

/** An organisation's stake, with what has come back by a time. */
export function stakeAt(world: GovernanceWorld, id: string, time: number): NaiveStake {
  const stake = world.stakes.get(id) ?? { free: 0, bonded: 0, unbonding: [] };
  const back = stake.unbonding.filter((one) => one.time <= time);
  const free = back.reduce((sum, { amount }) => sum + amount, stake.free);
  const unbonding = stake.unbonding.filter((one) => one.time > time);
  return { free, bonded: stake.bonded, unbonding };
}

function slash(
  world: GovernanceWorld,
  id: string,
  { numerator, denominator }: Rules['absenceSlash'],
  time: number,
): void {
  const stake = stakeAt(world, id, time);
  const burn = (amount: number) => Math.floor((amount * numerator) / denominator);
  let burned = burn(stake.bonded);
  stake.bonded -= burned;
  for (const one of stake.unbonding) {
    const lost = burn(one.amount);
    one.amount -= lost;
    burned += lost;
  }
  if (burned === 0) return;
  stake.unbonding = stake.unbonding.filter(({ amount }) => amount > 0);
  world.stakes.set(id, stake);
  world.burned += burned;
}

/** What the beginning of a block does, from what it says of its validators. */
export function beginNaively(
  world: GovernanceWorld,
  report: { lastCommit: readonly ValidatorVote[]; misbehaviour: readonly Misbehaviour[] },
  { height, time }: NaiveBlock,
): void {
  for (const evidence of report.misbehaviour) {
    const id = world.keys.get(toHex(evidence.validator));
    if (id === undefined || height - evidence.height > EVIDENCE_BLOCKS_MAX) continue;
    const validator = world.validators.get(id)!;
    if (evidence.height <= validator.judged) continue;
    Object.assign(validator, { jail: { kind: 'misbehaviour' }, judged: height });
    slash(world, id, world.rules.misbehaviourSlash, time);
    chooseAgain(world);
  }
  const votes = new Map(report.lastCommit.map((vote) => [toHex(vote.validator), vote.isSigned]));
  countNaively(world, votes, time);
}

function countNaively(world: GovernanceWorld, votes: Map<Hex, boolean>, time: number): void {
  const { numerator, denominator } = world.rules.absenceTolerated;
  const isQuiet = world.scores.size === 0 && [...votes.values()].every((signed) => signed);
  if (isQuiet) return;
  const limit = world.rules.absenceBlocks * (denominator - numerator);
  const scores = new Map<string, number>();
  const away: string[] = [];
  const isLast = (id: string) => world.active.size === 1 && world.active.has(id);
  for (const id of [...world.active.keys()].sort()) {
    const isSigned = votes.get(world.validators.get(id)!.key as Hex);
    let score = world.scores.get(id) ?? 0;
    if (isSigned === true) score = Math.max(0, score - numerator);
    if (isSigned === false) score += denominator - numerator;
    if (score >= limit && !isLast(id)) away.push(id);
    else if (score > 0) scores.set(id, Math.min(score, limit));
  }
  world.scores = scores;
  for (const id of away) {
    if (isLast(id)) continue;
    const until = time + world.rules.absenceJailSeconds;
    world.validators.get(id)!.jail = { kind: 'absence', until };
    slash(world, id, world.rules.absenceSlash, time);
    chooseAgain(world);
  }
}

/** Why an action cannot be done now. */
export function obstacleTo(world: GovernanceWorld, action: Action): string | undefined {
  const id = 'organisation' in action ? toHex(action.organisation) : '';
  const found = world.organisations.get(id);
  const isLastVoter = votersOf(world).length === 1 && mayDo(world, id, 'vote');
  const isUnfit = (roles: readonly Role[]) =>
    roles.length === 0 || new Set(roles).size < roles.length;
  switch (action.kind) {
    case 'admit-organisation':
      if (found !== undefined) return 'ORGANISATION_TAKEN';
      if (!world.accounts.has(id)) return 'ORGANISATION_WITHOUT_ACCOUNT';
      return isUnfit(action.roles) ? 'ROLES_INVALID' : undefined;
    case 'suspend-organisation':
      if (found === undefined) return 'ORGANISATION_UNKNOWN';
      if (found.status === 'suspended') return 'ORGANISATION_SUSPENDED';
      return isLastVoter ? 'VOTER_LAST' : undefined;
    case 'reinstate-organisation':
      if (found === undefined) return 'ORGANISATION_UNKNOWN';
      return found.status === 'active' ? 'ORGANISATION_ACTIVE' : undefined;
    case 'set-roles': {
      if (found === undefined) return 'ORGANISATION_UNKNOWN';
      if (isUnfit(action.roles)) return 'ROLES_INVALID';
      const hasVote = action.roles.some((role) => role !== 'regulator');
      return isLastVoter && !hasVote ? 'VOTER_LAST' : undefined;
    }
    default:
      return obstacleToBlocks(world, action, id);
  }
}

function obstacleToBlocks(world: GovernanceWorld, action: Action, id: string) {
  switch (action.kind) {
    case 'add-validator':
      if (!world.validators.has(id)) return 'VALIDATOR_UNKNOWN';
      return world.approved.has(id) ? 'VALIDATOR_APPROVED' : undefined;
    case 'remove-validator':
      if (!world.approved.has(id)) return 'VALIDATOR_UNKNOWN';
      return world.active.size === 1 && world.active.has(id) ? 'VALIDATOR_LAST' : undefined;
    case 'unjail-validator':
      if (!world.validators.has(id)) return 'VALIDATOR_UNKNOWN';
      return world.validators.get(id)!.jail === null ? 'VALIDATOR_FREE' : undefined;
    case 'grant-stake':
      return world.organisations.has(id) ? undefined : 'ORGANISATION_UNKNOWN';
    case 'set-decide-rules':
      return action.decideVersion > world.decideVersion ? undefined : 'PARAMETERS_VERSION';
    case 'halt-network':
      return world.isHalted ? 'HALTED_ALREADY' : undefined;
    case 'resume-network':
      return world.isHalted ? undefined : 'NOT_HALTED';
    case 'cancel-upgrade':
      return world.plan === null ? 'UPGRADE_UNPLANNED' : undefined;
    default:
      return undefined;
  }
}

/** Does what was decided. */
export function doNaively(world: GovernanceWorld, action: Action, time: number): void {
  const id = 'organisation' in action ? toHex(action.organisation) : '';
  const found = world.organisations.get(id);
  if (action.kind === 'admit-organisation') {
    world.organisations.set(id, { roles: action.roles, status: 'active' });
  }
  if (action.kind === 'suspend-organisation') found!.status = 'suspended';
  if (action.kind === 'reinstate-organisation') found!.status = 'active';
  if (action.kind === 'set-roles') found!.roles = action.roles;
  if (action.kind === 'add-validator') world.approved.add(id);
  if (action.kind === 'remove-validator') world.approved.delete(id);
  if (action.kind === 'unjail-validator') world.validators.get(id)!.jail = null;
  if (action.kind === 'set-decide-rules') world.decideVersion = action.decideVersion;
  if (action.kind === 'set-rules') world.rules = action.rules;
  if (action.kind === 'plan-upgrade') world.plan = action.height;
  if (action.kind === 'cancel-upgrade') world.plan = null;
  if (action.kind === 'halt-network') world.isHalted = true;
  if (action.kind === 'resume-network') world.isHalted = false;
  if (action.kind === 'grant-stake') {
    const stake = stakeAt(world, id, time);
    world.stakes.set(id, { ...stake, free: stake.free + action.amount });
    world.granted += action.amount;
  }
  chooseAgain(world);
}
