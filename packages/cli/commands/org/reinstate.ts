import { toHex } from '@ward/protocol';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { flag, text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import { receiptJson } from '../../show/receipt.ts';

export const orgReinstate = defineCommand({
  name: 'reinstate',
  summary: 'End a suspension, as a registrar',
  owner: 'organisation',
  args: { organisation: text('ORGANISATION', 'organisation, by name or id') },
  options: { yes: flag('do not ask whether you are sure') },
  async run({ args, options }, session) {
    const { id, organisation } = await findOrganisation(args.organisation, session);
    const name = printable(organisation.name);
    await session.ask.confirm(`Reinstate "${name}" (${toHex(id)})?`, options);
    const receipt = await session.ward.network.reinstate(id);
    return {
      json: { id: toHex(id), name: organisation.name, ...receiptJson(receipt) },
      show: (screen) => screen.line(`${name} is a full member again.`, 'good'),
    };
  },
});
