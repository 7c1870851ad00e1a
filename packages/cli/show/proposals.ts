import { type Action, MakeProposal } from '@ward/ledger/schema';
import { type Json, toHex } from '@ward/protocol';
import type { Decision, ProposalView } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { Screen, Tone } from '../frame/screen.ts';
import { receiptJson } from './receipt.ts';
import { isoTime } from './times.ts';

/** What is proposed, in a few words; organisations by names that were learned. */
export function actionText(action: Action, names: Names): string {
  switch (action.kind) {
    case 'admit-organisation':
      return `admit ${printable(action.name)} (${action.roles.join(', ')})`;
    case 'suspend-organisation':
      return `suspend ${names.of(action.organisation)}`;
    case 'reinstate-organisation':
      return `reinstate ${names.of(action.organisation)}`;
    case 'set-roles':
      return `roles of ${names.of(action.organisation)}: ${action.roles.join(', ')}`;
    case 'add-validator':
      return `${names.of(action.organisation)} makes blocks`;
    case 'remove-validator':
      return `${names.of(action.organisation)} makes no blocks`;
    case 'unjail-validator':
      return `let ${names.of(action.organisation)} out of jail`;
    case 'grant-stake':
      return `grant ${action.amount} of stake to ${names.of(action.organisation)}`;
    case 'set-decide-rules':
      return `custodians decide by rules ${action.decideVersion}`;
    case 'plan-upgrade':
      return `release ${printable(action.name)} from height ${action.height}`;
    default:
      return PLAIN_TEXTS[action.kind];
  }
}

const PLAIN_TEXTS = {
  'set-rules': 'other rules of the network',
  'set-consensus': 'other parameters of the engine',
  'cancel-upgrade': 'no upgrade',
  'halt-network': 'halt the network',
  'resume-network': 'let the network go on',
} as const;

/** Names of all organisations that some proposals are about. */
export async function learnProposals(views: readonly ProposalView[], names: Names): Promise<void> {
  const ids = views.flatMap(({ proposal: { proposer, action } }) =>
    'organisation' in action ? [proposer, action.organisation] : [proposer],
  );
  await names.learn(ids);
}

/** A proposal, as programs read it. */
export function proposalJson({ number, proposal, ...view }: ProposalView) {
  const { proposer, action, made, closes, yes, no, end, code } = proposal;
  const { state, threshold, voters, needed, missing } = view;
  return {
    ...{ proposal: number, state, threshold, proposer: toHex(proposer) },
    action: (MakeProposal.body.toJson({ action }) as { action: Json }).action,
    ...{ made: isoTime(made), closes: isoTime(closes) },
    ...{ yes, no, voters, needed, missing },
    ended: end === null ? null : isoTime(end.time),
    code,
  };
}

/** What came of a proposal or vote, as programs read it. */
export function decisionJson({ proposal, receipt }: Decision) {
  return { ...proposalJson(proposal), ...receiptJson(receipt) };
}

const TONES: { readonly [S in ProposalView['state']]: Tone } = {
  open: 'warning',
  executed: 'good',
  rejected: 'bad',
  expired: 'quiet',
  failed: 'bad',
};

export function stateCell({ state }: ProposalView, screen: Screen) {
  return screen.cell(TONES[state], state);
}

/** Where a proposal stands: `2 yes, 0 no; 1 more yes until 2026-11-30T12:00:00Z`. */
export function standingText({ state, proposal, missing }: ProposalView): string {
  const { yes, no, closes, end, code } = proposal;
  const votes = `${yes} yes, ${no} no`;
  if (state === 'open') return `${votes}; ${missing} more yes until ${isoTime(closes)}`;
  if (state === 'failed') return `${votes}; it could not be done: ${code}`;
  return end === null ? votes : `${votes}; since ${isoTime(end.time)}`;
}

/** Says what came of a proposal or vote, and what is to be done next. */
export function showDecision({ proposal: view }: Decision, screen: Screen): void {
  const { number, state } = view;
  const head = state === 'open' ? 'is open' : `is ${state}`;
  screen.line(`Proposal ${number} ${head}.`, TONES[state]);
  screen.facts([['votes', standingText(view)]]);
  if (state !== 'open') return;
  screen.line();
  screen.line(`Next: the others vote: ward network vote ${number} yes`);
}
