import { defineCommand } from '../../frame/define-command.ts';
import { flag, integer, optional } from '../../frame/parameters.ts';
import {
  actionText,
  learnProposals,
  proposalJson,
  standingText,
  stateCell,
} from '../../show/proposals.ts';

const NUMBERS = { min: 1, max: Number.MAX_SAFE_INTEGER };

export const networkProposals = defineCommand({
  name: 'proposals',
  summary: 'What was put before the members, the newest first, each proved',
  owner: 'anyone',
  options: {
    open: flag('only what is voted on now'),
    before: optional(integer('PROPOSAL', NUMBERS, 'only those with a lower number')),
  },
  async run({ options: { open, before } }, { ward, names }) {
    const from = before === undefined ? {} : { before };
    const views = await ward.network.proposals({ open, ...from });
    await learnProposals(views, names);
    const oldest = views.at(-1)?.number ?? 1;
    return {
      json: { proposals: views.map(proposalJson) },
      show: (screen) => {
        screen.table(
          [
            { title: 'number' },
            { title: 'what', mayShrink: true },
            { title: 'by', mayShrink: true },
            { title: 'state' },
            { title: 'votes', mayShrink: true },
          ],
          views.map((view) => [
            `${view.number}`,
            actionText(view.proposal.action, names),
            names.of(view.proposal.proposer),
            stateCell(view, screen),
            standingText(view),
          ]),
          open ? 'Nothing is voted on.' : 'Nothing was ever proposed.',
        );
        if (!open && oldest > 1) {
          screen.line(`Older: ward network proposals --before ${oldest}`, 'quiet');
        }
      },
    };
  },
});
