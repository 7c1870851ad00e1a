import { toHex, word } from '@ward/protocol';
import { openPerson } from '@ward/sdk/node';
import { defineCommand } from '../../frame/define-command.ts';
import { makeHome, TRUST_OPTIONS } from '../../frame/make-home.ts';
import { homeOptions } from '../../frame/open-session.ts';
import { optional, text } from '../../frame/parameters.ts';

export const walletCreate = defineCommand({
  name: 'create',
  summary: 'Make a wallet in a new home',
  details:
    'All keys are made here and stay here. Make a backup soon: nobody else can give them back.',
  owner: 'nobody',
  options: {
    name: optional(text('TEXT', 'what you call this wallet; it never leaves it')),
    ...TRUST_OPTIONS,
  },
  examples: [
    'ward wallet create --network network.json',
    'ward --home ~/anna wallet create --trust-root WARD1:… --from-node https://node.clinic.example',
  ],
  async run({ options }, session) {
    const { ward, close } = await makeHome(session, { kind: word('person'), trust: options }, () =>
      openPerson(homeOptions(session), options.name),
    );
    close();
    const { network } = ward.connection.networkFile;
    return {
      json: { home: session.home, network: toHex(network) },
      show: (screen) => {
        screen.line('The wallet is made.', 'good');
        screen.facts([
          ['home', session.home],
          ['network', toHex(network)],
        ]);
        screen.line();
        screen.line('Next: ward wallet backup FILE, then ward chart create general');
      },
    };
  },
});
