import { equalBytes, toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { optional, origin } from '../../frame/parameters.ts';
import { endpointsWith } from '../../servers/new-server.ts';
import { serverHome } from '../../servers/start-server.ts';

export const nodePublish = defineCommand({
  name: 'publish',
  summary: 'Publish where the node is and which key it has, once the organisation is a member',
  details:
    "Adds the node's service key to the organisation's account, with which it carries slots of " +
    'persons, and its origin to what the organisation says of itself. It may be run again.',
  owner: 'organisation',
  options: { origin: optional(origin('how others reach it; left out: as it stands')) },
  examples: ['ward --home clinic node publish --origin https://node.clinic.example'],
  async run({ options }, session) {
    const { ward, platform } = session;
    const { loadNodeHome } = await import('@ward/node');
    const { serviceSeed } = await loadNodeHome(serverHome(session, 'node'));
    const { publicKey } = platform.crypto.ed25519.keyPair(serviceSeed);
    const { account } = ward.keys;
    const known = await ward.connection.account(account);
    const isKnown = known?.keys.some((key) => equalBytes(key.publicKey, publicKey)) ?? false;
    if (!isKnown) await ward.network.addServiceKey(publicKey);
    const endpoints = await endpointsWith({ node: options.origin }, ward);
    if (options.origin !== undefined) await ward.network.update({ endpoints });
    const { node } = endpoints;
    return {
      json: { account: toHex(account), origin: node, serviceKey: toHex(publicKey) },
      show: (screen) => {
        screen.line('The node is published.', 'good');
        screen.facts([['origin', node ?? undefined]]);
        screen.line();
        screen.line('Next: ward network validator register, to make blocks');
      },
    };
  },
});
