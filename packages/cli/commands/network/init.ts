import { join } from 'node:path';
import { toHex, word } from '@ward/protocol';
import { loadNetworkFile } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { integer, optional, text } from '../../frame/parameters.ts';

const ORGANISATIONS_DEFAULT = 4;
const ORGANISATIONS_MAX = 20;
const CHAIN_DEFAULT = 'ward-1';

export const networkInit = defineCommand({
  name: 'init',
  summary: 'Found a network of several organisations that none of them owns',
  details:
    'Makes genesis, keys and one home for each, with a node, a vault and a custodian, and the ' +
    'addresses of this machine: ward network up runs them all here. The members govern by vote. ' +
    'From four nodes on, any one of them may be dead or lie. Keys that stood on one machine are ' +
    'known to its owner: a network for real data is founded by one organisation and joined by ' +
    'the others with keys of their own.',
  owner: 'nobody',
  options: {
    organisations: optional(
      integer('COUNT', { min: 1, max: ORGANISATIONS_MAX }, 'how many found it'),
      `${ORGANISATIONS_DEFAULT}`,
    ),
    chain: optional(text('TEXT', 'name of the chain'), CHAIN_DEFAULT),
  },
  examples: ['ward --home net network init --organisations 4'],
  async run({ options }, session) {
    const { home, isHomeNamed } = session;
    if (!isHomeNamed) throw refuse('FLAG_NEEDED', { flag: word('--home') });
    const { organisations: count = ORGANISATIONS_DEFAULT, chain = CHAIN_DEFAULT } = options;
    const { initNetwork } = await import('@ward/sandbox/network');
    const { organisations } = await initNetwork({ home, organisations: count, chain });
    const { network } = loadNetworkFile(join(home, organisations[0]!.folder));
    const homes = organisations.map(({ folder, id }) => ({ folder, account: toHex(id) }));
    return {
      json: { home, network: toHex(network), chain, organisations: homes },
      show: (screen) => {
        screen.line(`A network of ${count} organisations is founded.`, 'good');
        screen.facts([
          ['network', toHex(network)],
          ...homes.map(({ folder, account }) => [folder, account] as const),
        ]);
        screen.line();
        screen.line(`Next: ward --home ${home} network up`);
      },
    };
  },
});
