import { toHex } from '@ward/protocol';
import { Application } from '@ward/sdk';
import { defineCommand } from '../../frame/define-command.ts';
import { loadJsonFile } from '../../frame/files.ts';
import { flag, path } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import { receiptJson } from '../../show/receipt.ts';
import { putForward } from '../network/propose/define-proposal.ts';
import { admissionPlan } from '../network/propose/members.ts';

export const orgAdmit = defineCommand({
  name: 'admit',
  summary: 'Admit an organisation to the network, as a registrar; else propose it to the members',
  details:
    'Everything in the application becomes public. Make sure on another way that it came from ' +
    'whom it names: the account that is printed is the one that its home shows.',
  owner: 'organisation',
  args: { application: path('FILE', 'application that ward org create wrote') },
  options: { yes: flag('do not ask whether you are sure') },
  async run({ args, options }, session) {
    const { ward, ask } = session;
    const application = loadJsonFile(args.application, Application);
    if (await ward.network.isGoverned()) {
      return putForward(admissionPlan(application), options, session);
    }
    const name = printable(application.name);
    const account = toHex(application.account);
    const roles = application.roles.join(', ');
    await ask.confirm(`Admit "${name}" (${roles}), account ${account}?`, options);
    const receipt = await ward.network.admit(application);
    return {
      json: { account, name: application.name, roles: application.roles, ...receiptJson(receipt) },
      show: (screen) => {
        screen.line(`${name} is a member of the network.`, 'good');
        screen.facts([
          ['account', account],
          ['height', `${receipt.block.header.height}`],
        ]);
      },
    };
  },
});
