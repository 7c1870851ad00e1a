import { toHex } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { flag, optional, path } from '../../../frame/parameters.ts';
import { serverHome } from '../../../servers/start-server.ts';
import { receiptJson } from '../../../show/receipt.ts';

export const validatorRegister = defineCommand({
  name: 'register',
  summary: 'Say with which key the organisation makes blocks: that of its node',
  details:
    'A key of before is the key of nobody from then on, and is never taken again. The ' +
    'organisation makes blocks once the members approved it: ward network propose add-validator.',
  owner: 'organisation',
  options: {
    node: optional(path('FOLDER', 'home of the node'), 'node in the home'),
    yes: flag('do not ask whether you are sure'),
  },
  async run({ options }, session) {
    const { ward, platform, ask } = session;
    const { loadNodeHome } = await import('@ward/node');
    const { validatorSeed } = await loadNodeHome(options.node ?? serverHome(session, 'node'));
    const keyPair = platform.crypto.ed25519.keyPair(validatorSeed);
    const publicKey = toHex(keyPair.publicKey);
    await ask.confirm(`Make blocks with the key ${publicKey}?`, options);
    const receipt = await ward.network.registerValidator(keyPair);
    const organisation = toHex(ward.keys.account);
    return {
      json: { organisation, publicKey, ...receiptJson(receipt) },
      show: (screen) => {
        screen.line('The key of the validator stands on the ledger.', 'good');
        screen.facts([
          ['key', publicKey],
          ['height', `${receipt.block.header.height}`],
        ]);
        screen.line();
        screen.line(`Next: ward network propose add-validator ${organisation}`);
      },
    };
  },
});
