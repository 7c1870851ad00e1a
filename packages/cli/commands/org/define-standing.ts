import { type AccountId, toHex } from '@ward/protocol';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { OrganisationSession } from '../../frame/session.ts';
import { receiptJson } from '../../show/receipt.ts';

interface StandingChange {
  readonly name: string;
  readonly summary: string;
  /** The word that the question begins with. */
  readonly verb: string;
  /** What is told behind the name of the organisation when it is done. */
  readonly told: string;
}

/** A command by which a registrar changes whether an organisation may act. */
export function defineStanding(
  { name, summary, verb, told }: StandingChange,
  change: (
    id: AccountId,
    network: OrganisationSession['ward']['network'],
  ) => Promise<Parameters<typeof receiptJson>[0]>,
) {
  return defineCommand({
    name,
    summary,
    owner: 'organisation',
    args: { organisation: text('ORGANISATION', 'organisation, by name or id') },
    options: { yes: flag('do not ask whether you are sure') },
    async run({ args, options }, session) {
      const { id, organisation } = await findOrganisation(args.organisation, session);
      const title = printable(organisation.name);
      await session.ask.confirm(`${verb} "${title}" (${toHex(id)})?`, options);
      const receipt = await change(id, session.ward.network);
      return {
        json: { id: toHex(id), name: organisation.name, ...receiptJson(receipt) },
        show: (screen) => screen.line(`${title} ${told}`, 'good'),
      };
    },
  });
}
