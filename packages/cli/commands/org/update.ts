import { defineCommand } from '../../frame/define-command.ts';
import { optional, text } from '../../frame/parameters.ts';
import { PROFILE_OPTIONS } from '../../input/organisation-profile.ts';
import { receiptJson } from '../../show/receipt.ts';

export const orgUpdate = defineCommand({
  name: 'update',
  summary: 'Change what the organisation says of itself: name and servers',
  details: 'What is left out stays as it is.',
  owner: 'organisation',
  options: { name: optional(text('TEXT', 'what the organisation is called')), ...PROFILE_OPTIONS },
  async run({ options }, { ward }) {
    const { endpoints } = await ward.directory.show(ward.keys.account);
    const { name, node, vault, custodian: guard, inbox } = options;
    const given = Object.entries({ node, vault, custodian: guard, inbox });
    const changed = Object.fromEntries(given.filter(([, each]) => each !== undefined));
    const receipt = await ward.network.update({
      ...(name === undefined ? {} : { name }),
      endpoints: { ...endpoints, ...changed },
    });
    return {
      json: receiptJson(receipt),
      show: (screen) => screen.line('The change stands on the ledger.', 'good'),
    };
  },
});
