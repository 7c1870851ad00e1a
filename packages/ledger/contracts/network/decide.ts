import { type AccountId, WardError } from '@ward/protocol';
import { rulesOf } from './actions.ts';
import { ProposalEnded, VoteCast } from './events.ts';
import type { NetworkScope } from './needs.ts';
import { type Choice, type ENDS, type Proposal, proposalNumber, thresholdOf } from './proposal.ts';
import { isReached } from './rules.ts';

interface CastVote {
  readonly number: number;
  readonly organisation: AccountId;
  readonly choice: Choice;
}

/** Counts a vote, and does at once what it decides. */
export function castVote({ number, organisation, choice }: CastVote, scope: NetworkScope): void {
  const { state, block, emit } = scope;
  const key = proposalNumber(number);
  const proposal = state.proposals.get(key)!;
  state.votes.put({ choice, time: block.time }, key, organisation);
  state.proposals.put({ ...proposal, [choice]: proposal[choice] + 1 }, key);
  emit(VoteCast, { proposal: number, organisation, choice });
  decide(number, scope);
}

/** Ends a proposal that has votes enough, or never will. */
function decide(number: number, scope: NetworkScope): void {
  const { state } = scope;
  const proposal = state.proposals.get(proposalNumber(number))!;
  const { yes, no, action } = proposal;
  const { voters: whole } = state.agenda.get()!;
  const fraction = state.rules.get()![thresholdOf(action)];
  if (isReached(fraction, { part: yes, whole })) execute(number, proposal, scope);
  else if (!isReached(fraction, { part: whole - no, whole })) {
    endProposal({ number, proposal, how: 'rejected' }, scope);
  }
}

function execute(number: number, proposal: Proposal, scope: NetworkScope): void {
  const rules = rulesOf(proposal.action);
  const obstacle = obstacleOf(() => rules.check(proposal.action, scope));
  if (obstacle !== null) {
    endProposal({ number, proposal: { ...proposal, code: obstacle }, how: 'failed' }, scope);
    return;
  }
  // It is over before it is done: what it does may change who votes on all that is open.
  endProposal({ number, proposal, how: 'executed' }, scope);
  rules.apply(proposal.action, scope);
}

/** The code of the refusal; null where there is none. */
function obstacleOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof WardError) return error.code;
    throw error;
  }
}

interface End {
  readonly number: number;
  readonly proposal: Proposal;
  readonly how: (typeof ENDS)[number];
}

function endProposal({ number, proposal, how }: End, { state, block, emit }: NetworkScope): void {
  const end = { how, time: block.time };
  state.proposals.put({ ...proposal, end }, proposalNumber(number));
  const agenda = state.agenda.get()!;
  state.agenda.put({ ...agenda, open: agenda.open.filter((other) => other !== number) });
  emit(ProposalEnded, { proposal: number, how });
}

/** Ends what is open though its time has passed: at most as many as the agenda holds. */
export function endExpired(scope: NetworkScope): void {
  const { state, block } = scope;
  for (const number of state.agenda.get()!.open) {
    const proposal = state.proposals.get(proposalNumber(number))!;
    if (proposal.closes <= block.time) endProposal({ number, proposal, how: 'expired' }, scope);
  }
}
