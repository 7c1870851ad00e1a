import { equalBytes } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { rulesOf } from './actions.ts';
import { memberAuthor } from './authors.ts';
import { castVote, endExpired } from './decide.ts';
import { refuse } from './errors.ts';
import { ProposalMade } from './events.ts';
import { MakeProposal } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { type Proposal, proposalNumber, thresholdOf } from './proposal.ts';
import { hasRight } from './roles.ts';

export const makeProposal = defineHandler(MakeProposal, {
  check({ action }, scope: NetworkScope) {
    const proposer = memberAuthor('propose', scope);
    const open = stillOpen(scope);
    const { openProposalsMax, openProposalsForEmergencies: kept } = LEDGER_LIMITS;
    const max = thresholdOf(action) === 'emergency' ? openProposalsMax : openProposalsMax - kept;
    if (open.length >= max) throw refuse('PROPOSALS_FULL', { max });
    const own = open.filter((proposal) => equalBytes(proposal.proposer, proposer)).length;
    const ownMax = LEDGER_LIMITS.openProposalsPerMemberMax;
    if (own >= ownMax) throw refuse('PROPOSALS_FULL', { max: ownMax });
    rulesOf(action).check(action, scope);
  },

  apply({ action }, scope) {
    const { state, block, emit } = scope;
    const organisation = memberAuthor('propose', scope);
    endExpired(scope);
    const agenda = state.agenda.get()!;
    const { next: number } = agenda;
    state.agenda.put({ ...agenda, next: number + 1, open: [...agenda.open, number] });
    const closes = block.time + state.rules.get()!.votingSeconds;
    const nothing = { yes: 0, no: 0, end: null, code: null };
    const proposal = { proposer: organisation, action, made: block.time, closes, ...nothing };
    state.proposals.put(proposal, proposalNumber(number));
    emit(ProposalMade, { proposal: number, proposer: organisation });
    if (hasRight(state.organisations.get(organisation), 'vote')) {
      castVote({ number, organisation, choice: 'yes' }, scope);
    }
  },

  runsWhileHalted: true,
});

function stillOpen({ state, block }: NetworkScope): Proposal[] {
  const all = state.agenda
    .get()!
    .open.map((number) => state.proposals.get(proposalNumber(number))!);
  return all.filter(({ closes }) => closes > block.time);
}
