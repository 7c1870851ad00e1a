import {
  type Action,
  type ConsensusRules,
  identityState,
  networkState,
  type Release,
  type Role,
  type Rules,
} from '@ward/ledger/schema';
import { compareBytes } from '@ward/protocol';
import { countAgain, isSame, mayDo, roleMay, votersOf } from './naive-rights.ts';
import type { NaiveState } from './naive-state.ts';
import { chooseAgain, isAlone, type NaiveBlock, stakeAt } from './naive-validators.ts';

type Profile = Extract<Action, { kind: 'admit-organisation' }>;

/** Which part of the votes decides on an action. */
export function thresholdOf({ kind }: Action): 'membership' | 'constitution' | 'emergency' {
  if (kind === 'halt-network' || kind === 'resume-network') return 'emergency';
  const ofRules = ['set-decide-rules', 'grant-stake', 'set-rules', 'set-consensus'];
  const isRule = [...ofRules, 'plan-upgrade', 'cancel-upgrade'].includes(kind);
  return isRule ? 'constitution' : 'membership';
}

const isUnfit = (roles: readonly Role[]) =>
  roles.length === 0 || new Set(roles).size < roles.length;

function canLive(rules: Rules, { evidenceSecondsMax }: ConsensusRules): boolean {
  const { membership, constitution, emergency, absenceTolerated } = rules;
  for (const { numerator, denominator } of [membership, constitution, emergency]) {
    if (numerator * 2 <= denominator || numerator > denominator) return false;
  }
  for (const { numerator, denominator } of [rules.absenceSlash, rules.misbehaviourSlash]) {
    if (numerator > denominator) return false;
  }
  if (absenceTolerated.numerator >= absenceTolerated.denominator) return false;
  return rules.unbondingSeconds >= evidenceSecondsMax;
}

export function obstacleToAdmission(state: NaiveState, { organisation: id, roles }: Profile) {
  if (state.get(networkState.organisations, id) !== undefined) return 'ORGANISATION_TAKEN';
  const account = state.get(identityState.accounts, id);
  if (account === undefined || !isSame(account.organisation, id)) {
    return 'ORGANISATION_WITHOUT_ACCOUNT';
  }
  return isUnfit(roles) ? 'ROLES_INVALID' : undefined;
}

export function admit(state: NaiveState, { organisation: id, ...said }: Omit<Profile, 'kind'>) {
  const { roles, name, endpoints, sealingKey, custodian } = said;
  const told = { name, roles, endpoints, sealingKey, custodian };
  const organisation = { ...told, status: 'active', successor: null } as const;
  state.put(networkState.organisations, organisation, id);
  const { organisations } = state.get(networkState.directory)!;
  const all = [...organisations, id].sort(compareBytes);
  state.put(networkState.directory, { organisations: all });
}

export function obstacleToStatus(
  state: NaiveState,
  id: Uint8Array,
  wanted: 'active' | 'suspended',
) {
  const found = state.get(networkState.organisations, id);
  if (found === undefined) return 'ORGANISATION_UNKNOWN';
  if (found.status !== wanted) return undefined;
  return wanted === 'active' ? 'ORGANISATION_ACTIVE' : 'ORGANISATION_SUSPENDED';
}

export function obstacleToVersion(state: NaiveState, { decideVersion }: { decideVersion: number }) {
  const { decideVersion: now } = state.get(networkState.parameters)!;
  return decideVersion > now ? undefined : 'PARAMETERS_VERSION';
}

/** The software of a height, and what is planned behind it. */
export function releaseNow(state: NaiveState, height: number): Release {
  const { current, plan } = state.get(networkState.release)!;
  if (plan === null || plan.height > height) return { current, plan };
  return { current: plan.name, plan: null };
}

/** Why an action cannot be done now. */
export function obstacleTo(state: NaiveState, action: Action, block: NaiveBlock) {
  const isLastVoter = (id: Uint8Array) => votersOf(state).length === 1 && mayDo(state, id, 'vote');
  switch (action.kind) {
    case 'admit-organisation':
      return obstacleToAdmission(state, action);
    case 'suspend-organisation':
      return (
        obstacleToStatus(state, action.organisation, 'suspended') ??
        (isLastVoter(action.organisation) ? 'VOTER_LAST' : undefined)
      );
    case 'reinstate-organisation':
      return obstacleToStatus(state, action.organisation, 'active');
    case 'set-roles': {
      const found = state.get(networkState.organisations, action.organisation);
      if (found === undefined) return 'ORGANISATION_UNKNOWN';
      if (isUnfit(action.roles)) return 'ROLES_INVALID';
      const hasVote = roleMay({ ...found, roles: action.roles }, 'vote');
      return isLastVoter(action.organisation) && !hasVote ? 'VOTER_LAST' : undefined;
    }
    case 'set-decide-rules':
      return obstacleToVersion(state, action);
    default:
      return obstacleToBlocks(state, action) ?? obstacleToRunning(state, action, block);
  }
}

function obstacleToBlocks(state: NaiveState, action: Action) {
  if (!('organisation' in action)) return undefined;
  const { organisation: id } = action;
  const validator = state.get(networkState.validators, id);
  const { approved } = state.get(networkState.validatorSet)!;
  const isApproved = approved.some((other) => isSame(other, id));
  switch (action.kind) {
    case 'add-validator':
      if (validator === undefined) return 'VALIDATOR_UNKNOWN';
      return isApproved ? 'VALIDATOR_APPROVED' : undefined;
    case 'remove-validator':
      if (!isApproved) return 'VALIDATOR_UNKNOWN';
      return isAlone(state, id) ? 'VALIDATOR_LAST' : undefined;
    case 'unjail-validator':
      if (validator === undefined) return 'VALIDATOR_UNKNOWN';
      return validator.jail === null ? 'VALIDATOR_FREE' : undefined;
    case 'grant-stake':
      if (state.get(networkState.organisations, id) === undefined) return 'ORGANISATION_UNKNOWN';
      return Number.isSafeInteger(state.get(networkState.supply)!.granted + action.amount)
        ? undefined
        : 'STAKE_LIMIT';
    default:
      return undefined;
  }
}

function obstacleToRunning(state: NaiveState, action: Action, { height }: NaiveBlock) {
  const { haltedSince } = state.get(networkState.agenda)!;
  const { current, plan } = releaseNow(state, height);
  switch (action.kind) {
    case 'set-rules':
      return canLive(action.rules, state.get(networkState.consensus)!)
        ? undefined
        : 'RULES_INVALID';
    case 'set-consensus':
      return canLive(state.get(networkState.rules)!, action.consensus)
        ? undefined
        : 'RULES_INVALID';
    case 'plan-upgrade': {
      const isGood = action.height > height + 1 && action.name !== '' && action.name !== current;
      return isGood ? undefined : 'UPGRADE_INVALID';
    }
    case 'cancel-upgrade':
      return plan === null ? 'UPGRADE_UNPLANNED' : undefined;
    case 'halt-network':
      return haltedSince === null ? undefined : 'HALTED_ALREADY';
    case 'resume-network':
      return haltedSince === null ? 'NOT_HALTED' : undefined;
    default:
      return undefined;
  }
}

/** Does what was decided. */
export function doNaively(state: NaiveState, action: Action, block: NaiveBlock): void {
  switch (action.kind) {
    case 'admit-organisation':
      admit(state, action);
      break;
    case 'suspend-organisation':
      state.change(networkState.organisations, { status: 'suspended' }, action.organisation);
      break;
    case 'reinstate-organisation':
      state.change(networkState.organisations, { status: 'active' }, action.organisation);
      break;
    case 'set-roles':
      state.change(networkState.organisations, { roles: action.roles }, action.organisation);
      break;
    case 'set-decide-rules': {
      const { decideVersion, decideDigest } = action;
      state.put(networkState.parameters, { decideVersion, decideDigest });
      break;
    }
    default:
      doToBlocks(state, action, block);
  }
  countAgain(state);
  chooseAgain(state);
}

function doToBlocks(state: NaiveState, action: Action, { height, time }: NaiveBlock): void {
  if (action.kind === 'add-validator' || action.kind === 'remove-validator') {
    const { approved } = state.get(networkState.validatorSet)!;
    const others = approved.filter((id) => !isSame(id, action.organisation));
    const added = action.kind === 'add-validator' ? [action.organisation] : [];
    const now = [...others, ...added].sort(compareBytes);
    state.change(networkState.validatorSet, { approved: now });
  }
  if (action.kind === 'unjail-validator') {
    state.change(networkState.validators, { jail: null }, action.organisation);
  }
  if (action.kind === 'grant-stake') {
    const { organisation: id, amount } = action;
    const stake = stakeAt(state, id, time);
    state.put(networkState.stakes, { ...stake, free: stake.free + amount }, id);
    const { granted, burned, holders } = state.get(networkState.supply)!;
    const isNew = !holders.some((other) => isSame(other, id));
    const all = isNew ? [...holders, id].sort(compareBytes) : holders;
    state.put(networkState.supply, { granted: granted + amount, burned, holders: all });
  }
  if (action.kind === 'set-rules') state.put(networkState.rules, action.rules);
  if (action.kind === 'set-consensus') state.put(networkState.consensus, action.consensus);
  if (action.kind === 'plan-upgrade') {
    const { name, height: first, digest } = action;
    const plan = { name, height: first, digest };
    state.put(networkState.release, { ...releaseNow(state, height), plan });
  }
  if (action.kind === 'cancel-upgrade') {
    state.put(networkState.release, { ...releaseNow(state, height), plan: null });
  }
  if (action.kind === 'halt-network') state.change(networkState.agenda, { haltedSince: time });
  if (action.kind === 'resume-network') state.change(networkState.agenda, { haltedSince: null });
}
