import { type AccountId, toHex } from '@ward/protocol';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { OrganisationSession } from '../../frame/session.ts';
import { receiptJson } from '../../show/receipt.ts';
import { putForward } from '../network/propose/define-proposal.ts';
import { standingPlan } from '../network/propose/members.ts';

interface StandingChange {
  readonly name: 'suspend' | 'reinstate';
  readonly summary: string;
  /** What is told behind the name of the organisation when it is done. */
  readonly told: string;
}

/**
 * A command by which a registrar changes whether an organisation may act; where the members
 * govern, it proposes the same to them.
 */
export function defineStanding(
  { name, summary, told }: StandingChange,
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
      if (await session.ward.network.isGoverned()) {
        return putForward(standingPlan(name, { organisation: id, title }), options, session);
      }
      const verb = `${name[0]!.toUpperCase()}${name.slice(1)}`;
      await session.ask.confirm(`${verb} "${title}" (${toHex(id)})?`, options);
      const receipt = await change(id, session.ward.network);
      return {
        json: { id: toHex(id), name: organisation.name, ...receiptJson(receipt) },
        show: (screen) => screen.line(`${title} ${told}`, 'good'),
      };
    },
  });
}
