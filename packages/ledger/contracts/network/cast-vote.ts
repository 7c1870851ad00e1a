import { defineHandler } from '../../contract/define-contract.ts';
import { memberAuthor } from './authors.ts';
import { castVote as countVote } from './decide.ts';
import { refuse } from './errors.ts';
import { CastVote } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { proposalNumber } from './proposal.ts';

export const castVote = defineHandler(CastVote, {
  check({ proposal: number }, scope: NetworkScope) {
    const { state, block } = scope;
    const organisation = memberAuthor('vote', scope);
    const key = proposalNumber(number);
    const proposal = state.proposals.get(key);
    if (proposal === null) throw refuse('PROPOSAL_UNKNOWN', { proposal: number });
    const isOver = proposal.end !== null || proposal.closes <= block.time;
    if (isOver) throw refuse('PROPOSAL_CLOSED', { proposal: number });
    if (state.votes.has(key, organisation)) throw refuse('VOTE_CAST', { proposal: number });
  },

  apply({ proposal: number, choice }, scope) {
    countVote({ number, organisation: memberAuthor('vote', scope), choice }, scope);
  },

  runsWhileHalted: true,
});
