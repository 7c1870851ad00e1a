import type { Action } from '@ward/ledger/schema';
import { type Json, toHex } from '@ward/protocol';
import type { Ballot, ProposalDetails } from '@ward/sdk';
import { defineCommand } from '../../../frame/define-command.ts';
import type { Names } from '../../../frame/names.ts';
import { printable } from '../../../frame/printable.ts';
import type { Fact, Screen } from '../../../frame/screen.ts';
import type { ReaderSession } from '../../../frame/session.ts';
import {
  actionText,
  learnProposals,
  proposalJson,
  standingText,
  stateCell,
} from '../../../show/proposals.ts';
import { changeTexts } from '../../../show/rules.ts';
import { isoTime } from '../../../show/times.ts';
import { PROPOSAL } from './number.ts';

export const proposalShow = defineCommand({
  name: 'show',
  summary: 'A proposal: what it would do, who voted how, what it lacks and until when',
  owner: 'anyone',
  args: { proposal: PROPOSAL },
  async run({ args }, { ward, names }) {
    const details = await ward.network.proposal(args.proposal);
    await learnProposals([details], names);
    const facts = await factsOf(details.proposal.action, ward);
    return {
      json: { ...proposalJson(details), ballots: details.ballots.map(ballotJson) },
      show: (screen) => {
        showProposal(details, facts, names, screen);
        screen.line();
        showBallots(details.ballots, screen);
      },
    };
  },
});

/** What voters have to look at, by the kind of what is proposed. */
async function factsOf(action: Action, ward: ReaderSession['ward']): Promise<Fact[]> {
  switch (action.kind) {
    case 'admit-organisation': {
      const account = await ward.connection.account(action.organisation);
      const keys = account?.keys ?? [];
      return [
        ['account', toHex(action.organisation)],
        ...keys.map(({ kind, publicKey }): Fact => [`${kind} key`, toHex(publicKey)]),
      ];
    }
    case 'set-rules':
      return changes(changeTexts((await ward.network.rules()).rules, action.rules));
    case 'set-consensus':
      return changes(changeTexts((await ward.network.rules()).consensus, action.consensus));
    case 'set-decide-rules':
      return [['digest', toHex(action.decideDigest)]];
    case 'plan-upgrade':
      return [['digest', `${toHex(action.digest)} (SHA-256)`]];
    default:
      return 'organisation' in action ? [['organisation', toHex(action.organisation)]] : [];
  }
}

function changes(texts: readonly string[]): Fact[] {
  if (texts.length === 0) return [['change', 'nothing differs from what holds now']];
  return texts.map((text) => ['change', text]);
}

function showProposal(
  details: ProposalDetails,
  facts: readonly Fact[],
  names: Names,
  screen: Screen,
): void {
  const { number, proposal, threshold, needed, voters } = details;
  screen.table(
    [{ title: 'proposal' }, { title: 'what', mayShrink: true }, { title: 'state' }],
    [[`${number}`, actionText(proposal.action, names), stateCell(details, screen)]],
    '',
  );
  screen.line();
  screen.facts([
    ['proposed by', names.of(proposal.proposer)],
    ['proposed at', isoTime(proposal.made)],
    ...facts,
    ['decided by', `${needed} of ${voters} votes of today (${threshold})`],
    ['votes', standingText(details)],
  ]);
}

function showBallots(ballots: readonly Ballot[], screen: Screen): void {
  screen.table(
    [{ title: 'organisation', mayShrink: true }, { title: 'vote' }, { title: 'when' }],
    ballots.map(({ name, choice, time, mayVote }) => {
      const said = choice ?? 'none yet';
      const counted = mayVote ? said : `${said}, does not count`;
      const tone = choice === 'yes' ? 'good' : choice === 'no' ? 'bad' : 'quiet';
      const when = time === null ? '' : isoTime(time);
      return [printable(name), screen.cell(tone, counted), when];
    }),
    'Nobody may vote.',
  );
}

function ballotJson({ organisation, name, choice, time, mayVote }: Ballot): Json {
  const when = time === null ? null : isoTime(time);
  return { organisation: toHex(organisation), name, choice, time: when, mayVote };
}
