import { compareBytes, equalBytes } from '@ward/protocol';
import type { Invariant } from '../../contract/define-contract.ts';
import { type Agenda, type Proposal, proposalNumber } from './proposal.ts';
import { hasRight } from './roles.ts';
import { areWholeRules } from './rules.ts';
import { agendaKey, networkState } from './state.ts';
import {
  powerOf,
  type Supply,
  sumOf,
  type ValidatorRecord,
  type ValidatorSet,
} from './validators.ts';

type NetworkInvariant = Invariant<typeof networkState>;

/** Amounts are conserved: what was granted is somewhere, or burned. */
const keepsStake: NetworkInvariant = ({ collection }, state) => {
  if (collection !== 'stakes' && collection !== 'supply') return true;
  const { granted, burned, holders } = state.supply.get()!;
  let held = 0;
  for (const id of holders) {
    const { free, bonded, unbonding } = state.stakes.get(id)!;
    held += free + bonded + sumOf(unbonding);
  }
  return held === granted - burned;
};

const listsHolders: NetworkInvariant = ({ collection, key }, state) => {
  if (collection !== 'stakes') return true;
  return state.supply.get()!.holders.some((id) => equalBytes(networkState.stakes.key(id), key));
};

const onlyGrows: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'supply' || before === null) return true;
  const [was, is] = [before as Supply, after as Supply];
  return is.granted >= was.granted && is.burned >= was.burned && is.burned <= is.granted;
};

const endsOnce: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'proposals' || before === null) return true;
  const [was, is] = [before as Proposal, after as Proposal];
  return was.end === null || (is.end?.how === was.end.how && is.end.time === was.end.time);
};

const isOpenOrOver: NetworkInvariant = ({ collection, key, after }, state) => {
  if (collection !== 'proposals') return true;
  const { open } = state.agenda.get()!;
  const isKey = (number: number) =>
    equalBytes(networkState.proposals.key(proposalNumber(number)), key);
  return open.some(isKey) === ((after as Proposal).end === null);
};

const votesOnce: NetworkInvariant = ({ collection, before }) => {
  return collection !== 'votes' || before === null;
};

const countsVoters: NetworkInvariant = ({ collection }, state) => {
  const isConcerned = collection === 'organisations' || collection === 'agenda';
  if (!isConcerned || !state.rules.has()) return true;
  const { organisations } = state.directory.get()!;
  const mayVote = organisations.filter((id) => hasRight(state.organisations.get(id), 'vote'));
  return state.agenda.get()!.voters === mayVote.length;
};

/** Each open proposal has the votes of those who may vote now, and no others. */
const countsVotes: NetworkInvariant = ({ key }, state) => {
  if (!equalBytes(key, agendaKey)) return true;
  const { organisations } = state.directory.get()!;
  const voters = organisations.filter((id) => hasRight(state.organisations.get(id), 'vote'));
  return (state.agenda.get() as Agenda).open.every((number) => {
    const part = proposalNumber(number);
    const choices = voters.map((id) => state.votes.get(part, id)?.choice);
    const { yes, no } = state.proposals.get(part)!;
    const count = (choice: string) => choices.filter((one) => one === choice).length;
    return count('yes') === yes && count('no') === no;
  });
};

const hasWholeSet: NetworkInvariant = ({ collection, after }) => {
  if (collection !== 'validatorSet') return true;
  const { active } = after as ValidatorSet;
  const keys = active.map(({ publicKey }) => publicKey).sort(compareBytes);
  return keys.every((key, i) => i === 0 || !equalBytes(key, keys[i - 1]!));
};

/** Records on which it depends who makes blocks. */
const WEIGHING = ['validatorSet', 'validators', 'stakes', 'organisations', 'rules'];

/** Whoever makes blocks may, and weighs what the rules say; unless nobody could. */
const weighsRight: NetworkInvariant = ({ collection }, state) => {
  const rules = state.rules.get();
  if (rules === null || !WEIGHING.includes(collection)) return true;
  const { active, approved } = state.validatorSet.get()!;
  const isFit = ({ organisation, publicKey, power }: (typeof active)[number]) => {
    const record = state.validators.get(organisation)!;
    const bonded = state.stakes.get(organisation)?.bonded ?? 0;
    return (
      record.jail === null &&
      approved.some((id) => equalBytes(id, organisation)) &&
      equalBytes(record.publicKey, publicKey) &&
      powerOf(bonded, rules) === power &&
      hasRight(state.organisations.get(organisation), 'validate')
    );
  };
  return active.every(isFit) || !active.some(isFit);
};

const judgesForward: NetworkInvariant = ({ collection, before, after }) => {
  if (collection !== 'validators' || before === null) return true;
  return (after as ValidatorRecord).judgedHeight >= (before as ValidatorRecord).judgedHeight;
};

const keepsKeys: NetworkInvariant = ({ collection, before }) => {
  return collection !== 'validatorKeys' || before === null;
};

const canLive: NetworkInvariant = ({ collection }, state) => {
  if (collection !== 'rules' && collection !== 'consensus') return true;
  return areWholeRules(state.rules.get()!, state.consensus.get()!);
};

export const governanceInvariants = {
  'All stake that was granted is held by somebody, or burned.': keepsStake,
  'Whoever holds stake is listed.': listsHolders,
  'Stake that was granted or burned stays so.': onlyGrows,
  'A proposal ends once, and so is executed at most once.': endsOnce,
  'A proposal is on the agenda until it has ended.': isOpenOrOver,
  'An organisation votes once on a proposal.': votesOnce,
  'The agenda counts those who may vote.': countsVoters,
  'An open proposal counts the votes of those who may vote.': countsVotes,
  'Validators have keys of their own.': hasWholeSet,
  'Whoever makes blocks may, and weighs what the rules say.': weighsRight,
  'What was judged stays judged.': judgesForward,
  'A validator’s key stays with whom it came.': keepsKeys,
  'Rules and parameters fit each other.': canLive,
};
