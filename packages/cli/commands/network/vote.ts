import { CHOICES } from '@ward/ledger/schema';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, oneOf } from '../../frame/parameters.ts';
import { actionText, decisionJson, learnProposals, showDecision } from '../../show/proposals.ts';
import { PROPOSAL } from './proposal/number.ts';

export const networkVote = defineCommand({
  name: 'vote',
  summary: 'Vote on a proposal, once and for good',
  details: 'With the yes that it still lacks, what is proposed is done in the same block.',
  owner: 'organisation',
  args: { proposal: PROPOSAL, choice: oneOf(CHOICES, 'CHOICE', 'what you say to it') },
  options: { yes: flag('do not ask whether you are sure') },
  async run({ args: { proposal: number, choice }, options }, { ward, ask, names }) {
    const view = await ward.network.proposal(number);
    await learnProposals([view], names);
    const what = actionText(view.proposal.action, names);
    await ask.confirm(`Vote ${choice} on proposal ${number}, "${what}"? A vote is final.`, options);
    const decision = await ward.network.vote(number, choice);
    return { json: decisionJson(decision), show: (screen) => showDecision(decision, screen) };
  },
});
