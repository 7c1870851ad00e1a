import {
  type AccountKey,
  AddKey,
  AdmitOrganisation,
  BondStake,
  CarrySlot,
  CastVote,
  carriedBytes,
  carriedSlot,
  EndKey,
  identityState,
  MakeProposal,
  type MessageKind,
  NameSuccessor,
  networkState,
  OpenAccount,
  PromoteNetwork,
  proposalNumber,
  RegisterValidator,
  ReinstateOrganisation,
  SetParameters,
  SuspendOrganisation,
  slotsState,
  UnbondStake,
  UnjailValidator,
  UpdateOrganisation,
  validatorKeyBytes,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { type Realm, validatorAddress } from '@ward/protocol';
import {
  admit,
  doNaively,
  obstacleTo,
  obstacleToAdmission,
  obstacleToStatus,
  obstacleToVersion,
  thresholdOf,
} from './naive-actions.ts';
import {
  countAgain,
  isGovernedByMembers,
  isSame,
  mayDo,
  type NaiveRight,
  proposalOf,
  votersOf,
} from './naive-rights.ts';
import type { NaiveState } from './naive-state.ts';
import { chooseAgain, type NaiveBlock, stakeAt } from './naive-validators.ts';

/** Who signs, as far as rules look at it; `null` where not just one signs as the author. */
export interface NaiveAuthor {
  readonly organisation: Uint8Array;
  readonly kind: AccountKey['kind'];
}

export interface NaiveScope {
  readonly state: NaiveState;
  readonly author: NaiveAuthor;
  readonly block: NaiveBlock;
  readonly realm: Realm;
  readonly chain: string;
}

/** What a message does to the naive ledger, or the code that refuses it, written a second time. */
type Rule<T> = (message: T, scope: NaiveScope) => string | undefined;

export interface NaiveMessage {
  readonly kind: MessageKind<unknown>;
  readonly rule: Rule<unknown>;
  readonly isGovernance: boolean;
}

function on<T>(kind: MessageKind<T>, rule: Rule<T>, isGovernance = false): NaiveMessage {
  return { kind: kind as MessageKind<unknown>, rule: rule as Rule<unknown>, isGovernance };
}

type Key = Pick<AccountKey, 'kind' | 'publicKey' | 'passkey'>;

function keyProblem(key: Key, others: readonly Key[]): string | undefined {
  const isPlain = key.publicKey.length === 32 && key.passkey === null;
  const isPasskey =
    key.publicKey.length === 65 &&
    key.publicKey[0] === 4 &&
    key.kind === 'officer' &&
    key.passkey !== null;
  if (!isPlain && !isPasskey) return 'KEY_FORM';
  return others.some((other) => isSame(other.publicKey, key.publicKey)) ? 'KEY_TAKEN' : undefined;
}

const openAccount: Rule<OpenAccount> = (message, { state, author, block }) => {
  const { account, organisation, keys } = message;
  if (author.kind !== 'officer') return 'SIGNER_ROLE';
  const isFirst = isSame(account, organisation);
  const right: NaiveRight = isGovernedByMembers(state) ? 'propose' : 'register';
  const mayOpen = isFirst
    ? mayDo(state, author.organisation, right)
    : isSame(author.organisation, organisation);
  if (!mayOpen) return 'SIGNER_ROLE';
  if (state.get(identityState.accounts, account) !== undefined) return 'ACCOUNT_TAKEN';
  for (const [i, key] of keys.entries()) {
    const problem = keyProblem(key, keys.slice(0, i));
    if (problem !== undefined) return problem;
  }
  if (isFirst && keys.every(({ kind }) => kind !== 'officer')) return 'OFFICER_MISSING';
  const opened = keys.map((key) => ({ ...key, from: block.time, until: null }));
  state.put(identityState.accounts, { organisation, keys: opened }, account);
  return undefined;
};

/** The author's own account of that id, or the code. */
function ownAccount({ state, author }: NaiveScope, id: Uint8Array) {
  if (author.kind !== 'officer') return 'SIGNER_ROLE';
  const found = state.get(identityState.accounts, id);
  if (found === undefined) return 'ACCOUNT_UNKNOWN';
  return isSame(found.organisation, author.organisation) ? found : 'SIGNER_ROLE';
}

const addKey: Rule<AddKey> = ({ account, key }, scope) => {
  const own = ownAccount(scope, account);
  if (typeof own === 'string') return own;
  const problem = keyProblem(key, own.keys);
  if (problem !== undefined) return problem;
  if (own.keys.length >= 64) return 'ACCOUNT_FULL';
  const keys = [...own.keys, { ...key, from: scope.block.time, until: null }];
  scope.state.put(identityState.accounts, { ...own, keys }, account);
  return undefined;
};

const endKey: Rule<EndKey> = ({ account, publicKey, until }, scope) => {
  const own = ownAccount(scope, account);
  if (typeof own === 'string') return own;
  const { time } = scope.block;
  const end = until ?? time;
  const key = own.keys.find((known) => isSame(known.publicKey, publicKey));
  if (key === undefined) return 'KEY_UNKNOWN';
  if (end < time) return 'KEY_END_PAST';
  if (key.until !== null && key.until <= end) return 'KEY_ENDED';
  const officers = own.keys.filter((one) => one.kind === 'officer' && one.until === null);
  const isLast = key.kind === 'officer' && officers.every((other) => other === key);
  if (isSame(own.organisation, account) && isLast) return 'OFFICER_LAST';
  const keys = own.keys.map((other) => (other === key ? { ...key, until: end } : other));
  scope.state.put(identityState.accounts, { ...own, keys }, account);
  return undefined;
};

const writeSlots: Rule<WriteSlots> = ({ slots }, { state, author, block, realm }) => {
  if (author.kind === 'officer') return 'SIGNER_ROLE';
  for (const { address, value } of slots) {
    const slot = writtenSlot({ organisation: author.organisation, address }, realm);
    if (state.get(slotsState.slots, slot) !== undefined) return 'SLOT_TAKEN';
    state.put(slotsState.slots, { value, time: block.time }, slot);
  }
  return undefined;
};

const carrySlot: Rule<CarrySlot> = ({ pk, value, signature }, { state, author, block, realm }) => {
  if (author.kind === 'officer') return 'SIGNER_ROLE';
  if (!realm.crypto.ed25519.verify(signature, carriedBytes(value, realm), pk)) {
    return 'SLOT_SIGNATURE';
  }
  const slot = carriedSlot(pk, realm);
  if (state.get(slotsState.slots, slot) !== undefined) return 'SLOT_TAKEN';
  state.put(slotsState.slots, { value, time: block.time }, slot);
  return undefined;
};

/** A rule of registrars, who must not be there where members govern. */
function byRegistrar<T>(rule: Rule<T>): Rule<T> {
  return (message, scope) => {
    if (scope.author.kind !== 'officer') return 'SIGNER_ROLE';
    if (isGovernedByMembers(scope.state)) return 'GOVERNED_BY_MEMBERS';
    if (!mayDo(scope.state, scope.author.organisation, 'register')) return 'SIGNER_ROLE';
    return rule(message, scope);
  };
}

/** A rule of members with a right. */
function byMember<T>(right: NaiveRight, rule: Rule<T>): Rule<T> {
  return (message, scope) => {
    if (scope.author.kind !== 'officer') return 'SIGNER_ROLE';
    if (!isGovernedByMembers(scope.state)) return 'GOVERNED_BY_REGISTRAR';
    if (!mayDo(scope.state, scope.author.organisation, right)) return 'SIGNER_ROLE';
    return rule(message, scope);
  };
}

/** A rule of an organisation about itself. */
function byItself<T extends { readonly organisation: Uint8Array }>(rule: Rule<T>): Rule<T> {
  return (message, scope) => {
    const { kind, organisation } = scope.author;
    const isItself = kind === 'officer' && isSame(organisation, message.organisation);
    return isItself ? rule(message, scope) : 'SIGNER_ROLE';
  };
}

/** The same, of what makes blocks. */
function byValidator<T extends { readonly organisation: Uint8Array }>(rule: Rule<T>): Rule<T> {
  return byItself((message, scope) =>
    isGovernedByMembers(scope.state) ? rule(message, scope) : 'GOVERNED_BY_REGISTRAR',
  );
}

const admitOrganisation = byRegistrar<AdmitOrganisation>((message, { state }) => {
  const obstacle = obstacleToAdmission(state, { kind: 'admit-organisation', ...message });
  if (obstacle === undefined) admit(state, message);
  return obstacle;
});

const suspend = byRegistrar<SuspendOrganisation>(({ organisation }, { state, author }) => {
  if (isSame(author.organisation, organisation)) return 'SUSPENDS_ITSELF';
  const obstacle = obstacleToStatus(state, organisation, 'suspended');
  if (obstacle !== undefined) return obstacle;
  state.change(networkState.organisations, { status: 'suspended' }, organisation);
  return undefined;
});

const reinstate = byRegistrar<ReinstateOrganisation>(({ organisation }, { state }) => {
  const obstacle = obstacleToStatus(state, organisation, 'active');
  if (obstacle !== undefined) return obstacle;
  state.change(networkState.organisations, { status: 'active' }, organisation);
  return undefined;
});

const update = byItself<UpdateOrganisation>(({ organisation, ...said }, { state }) => {
  state.change(networkState.organisations, said, organisation);
  return undefined;
});

const nameSuccessor = byItself<NameSuccessor>(({ organisation, successor }, { state }) => {
  if (successor !== null) {
    const pair = [organisation, successor].map((id) => state.get(networkState.organisations, id));
    const areFit = pair.every((one) => one?.status === 'active' && one.custodian !== null);
    if (!areFit || isSame(organisation, successor)) return 'SUCCESSOR_INVALID';
  }
  state.change(networkState.organisations, { successor }, organisation);
  return undefined;
});

const setParameters = byRegistrar<SetParameters>((message, { state }) => {
  const obstacle = obstacleToVersion(state, message);
  if (obstacle === undefined) state.put(networkState.parameters, message);
  return obstacle;
});

const promote = byRegistrar<PromoteNetwork>((message, { state, chain }) => {
  if (message.chain === '' || message.chain === chain) return 'PROMOTION_CHAIN';
  if (state.get(networkState.promotion) !== undefined) return 'NETWORK_PROMOTED';
  state.put(networkState.promotion, message);
  return undefined;
});

const makeProposal = byMember<MakeProposal>('propose', ({ action }, scope) => {
  const { state, author, block } = scope;
  const { open } = state.get(networkState.agenda)!;
  const alive = open.filter((number) => proposalOf(state, number)!.closes > block.time);
  if (alive.length >= (thresholdOf(action) === 'emergency' ? 128 : 112)) return 'PROPOSALS_FULL';
  const { organisation: proposer } = author;
  const own = alive.filter((number) => isSame(proposalOf(state, number)!.proposer, proposer));
  if (own.length >= 4) return 'PROPOSALS_FULL';
  const obstacle = obstacleTo(state, action, block);
  if (obstacle !== undefined) return obstacle;
  for (const number of open) {
    if (!alive.includes(number)) endProposal(scope, number, 'expired');
  }
  const agenda = state.get(networkState.agenda)!;
  const number = agenda.next;
  state.change(networkState.agenda, { next: number + 1, open: [...agenda.open, number] });
  const closes = block.time + state.get(networkState.rules)!.votingSeconds;
  const made = { proposer, action, made: block.time, closes };
  const nothing = { yes: 0, no: 0, end: null, code: null };
  state.put(networkState.proposals, { ...made, ...nothing }, proposalNumber(number));
  if (mayDo(state, proposer, 'vote')) vote(scope, number, 'yes');
  return undefined;
});

function endProposal({ state, block }: NaiveScope, number: number, how: string, code?: string) {
  const end = { how, time: block.time } as NonNullable<ReturnType<typeof proposalOf>>['end'];
  state.change(networkState.proposals, { end, code: code ?? null }, proposalNumber(number));
  const { open } = state.get(networkState.agenda)!;
  state.change(networkState.agenda, { open: open.filter((other) => other !== number) });
}

/** Counts a vote and does what it decides. */
function vote(scope: NaiveScope, number: number, choice: 'yes' | 'no'): void {
  const { state, author, block } = scope;
  const part = proposalNumber(number);
  const cast = { choice, time: block.time };
  state.put(networkState.votes, cast, part, author.organisation);
  countAgain(state);
  const { yes, no, action } = proposalOf(state, number)!;
  const voters = votersOf(state).length;
  const { numerator, denominator } = state.get(networkState.rules)![thresholdOf(action)];
  const isEnough = (count: number) => count / voters >= numerator / denominator;
  if (isEnough(yes)) {
    const obstacle = obstacleTo(state, action, block);
    endProposal(scope, number, obstacle === undefined ? 'executed' : 'failed', obstacle);
    if (obstacle === undefined) doNaively(state, action, block);
  } else if (!isEnough(voters - no)) endProposal(scope, number, 'rejected');
}

const castVote = byMember<CastVote>('vote', ({ proposal, choice }, scope) => {
  const found = proposalOf(scope.state, proposal);
  if (found === undefined) return 'PROPOSAL_UNKNOWN';
  if (found.end !== null || found.closes <= scope.block.time) return 'PROPOSAL_CLOSED';
  const { organisation } = scope.author;
  const part = proposalNumber(proposal);
  if (scope.state.get(networkState.votes, part, organisation) !== undefined) return 'VOTE_CAST';
  vote(scope, proposal, choice);
  return undefined;
});

const registerValidator = byValidator<RegisterValidator>((message, { state, realm }) => {
  const { organisation, publicKey, signature } = message;
  if (!mayDo(state, organisation, 'validate')) return 'SIGNER_ROLE';
  const { crypto } = realm;
  const isProven = crypto.ed25519.verify(
    signature,
    validatorKeyBytes(organisation, realm),
    publicKey,
  );
  if (!isProven) return 'VALIDATOR_KEY_UNPROVEN';
  const address = validatorAddress(publicKey, crypto);
  if (state.get(networkState.validatorKeys, address) !== undefined) return 'VALIDATOR_KEY_TAKEN';
  state.put(networkState.validatorKeys, { organisation }, address);
  const before = state.get(networkState.validators, organisation);
  const record = { jail: null, judgedHeight: 0, ...before, publicKey };
  state.put(networkState.validators, record, organisation);
  chooseAgain(state);
  return undefined;
});

const bond = byValidator<BondStake>(({ organisation: id, amount }, { state, block }) => {
  if (state.get(networkState.rules)!.weighting === 'equal') return 'STAKE_UNUSED';
  const stake = stakeAt(state, id, block.time);
  if (amount > stake.free) return 'STAKE_SHORT';
  const moved = { free: stake.free - amount, bonded: stake.bonded + amount };
  state.put(networkState.stakes, { ...stake, ...moved }, id);
  chooseAgain(state);
  return undefined;
});

const unbond = byValidator<UnbondStake>(({ organisation: id, amount }, { state, block }) => {
  const stake = stakeAt(state, id, block.time);
  if (amount > stake.bonded) return 'STAKE_SHORT';
  if (stake.unbonding.length >= 16) return 'UNBONDINGS_FULL';
  const time = block.time + state.get(networkState.rules)!.unbondingSeconds;
  const unbonding = [...stake.unbonding, { amount, time }];
  state.put(networkState.stakes, { ...stake, bonded: stake.bonded - amount, unbonding }, id);
  chooseAgain(state);
  return undefined;
});

const unjail = byValidator<UnjailValidator>(({ organisation: id }, { state, block }) => {
  const record = state.get(networkState.validators, id);
  if (record === undefined) return 'VALIDATOR_UNKNOWN';
  const { jail } = record;
  if (jail === null) return 'VALIDATOR_FREE';
  if (jail.kind === 'misbehaviour' || jail.until > block.time) return 'VALIDATOR_JAILED';
  state.change(networkState.validators, { jail: null }, id);
  chooseAgain(state);
  return undefined;
});

/** Every message of every contract. */
export const NAIVE_MESSAGES: readonly NaiveMessage[] = [
  ...[on(OpenAccount, openAccount), on(AddKey, addKey), on(EndKey, endKey)],
  ...[on(WriteSlots, writeSlots), on(CarrySlot, carrySlot)],
  ...[on(AdmitOrganisation, admitOrganisation), on(UpdateOrganisation, update)],
  ...[on(SuspendOrganisation, suspend), on(ReinstateOrganisation, reinstate)],
  ...[on(NameSuccessor, nameSuccessor), on(SetParameters, setParameters)],
  on(PromoteNetwork, promote),
  ...[on(MakeProposal, makeProposal, true), on(CastVote, castVote, true)],
  ...[on(RegisterValidator, registerValidator), on(BondStake, bond), on(UnbondStake, unbond)],
  on(UnjailValidator, unjail),
];
