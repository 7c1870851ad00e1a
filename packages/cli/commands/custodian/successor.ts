import { toHex } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, optional, text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { OrganisationSession } from '../../frame/session.ts';
import { receiptJson } from '../../show/receipt.ts';

export const custodianSuccessor = defineCommand({
  name: 'successor',
  summary: 'Name the organisation that takes over the shares, before the custodian leaves',
  details:
    'It stands on the ledger: whoever opens a chart asks the successor from then on, and wallets ' +
    'are told to have it take the place for good. Until those have done so, it can use what is ' +
    'handed over. It needs a custodian of its own.',
  owner: 'organisation',
  args: { organisation: optional(text('ORGANISATION', 'organisation, by name or id')) },
  options: {
    none: flag('take the name back'),
    yes: flag('do not ask whether you are sure'),
  },
  examples: ['ward custodian successor insurer', 'ward custodian successor --none'],
  async run({ args, options }, session) {
    const named = options.none ? undefined : await chooseSuccessor(args.organisation, session);
    const title = named === undefined ? 'nobody' : printable(named.organisation.name);
    const question = `Have ${title} take over the shares of this organisation?`;
    if (named !== undefined) await session.ask.confirm(question, options);
    const receipt = await session.ward.network.nameSuccessor(named?.id ?? null);
    return {
      json: { successor: named === undefined ? null : toHex(named.id), ...receiptJson(receipt) },
      show: (screen) => {
        screen.line(`The successor is ${title}.`, 'good');
        if (named === undefined) return;
        screen.line('Next: stop the custodian, then ward custodian hand-over');
      },
    };
  },
});

async function chooseSuccessor(wanted: string | undefined, session: OrganisationSession) {
  if (wanted === undefined) throw refuse('ARGUMENT_MISSING');
  return findOrganisation(wanted, session);
}
