import { formatVerifierKey, toHex, word } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { findNetworkFile, TRUST_OPTIONS } from '../../frame/make-home.ts';
import { optional, text } from '../../frame/parameters.ts';
import { serverHome } from '../../servers/start-server.ts';

export const witnessInitCommand = defineCommand({
  name: 'init',
  summary: 'Make a witness: a key that cosigns heads of the ledger, and a home that keeps its word',
  details:
    'Anybody may run one, member of the network or not; the more independent of those who ' +
    'make blocks, the better. Its folder is witness in the home. Give its verifier key and ' +
    'where it is reached to those who are to ask it: ward witness add. The key must never ' +
    'be in two places at once, and no backup of its home may be started: it would cosign ' +
    'from an older head on.',
  owner: 'nobody',
  options: {
    name: optional(
      text('NAME', 'what it is called: a host name of yours, with a path if you like'),
    ),
    ...TRUST_OPTIONS,
  },
  examples: ['ward --home watch witness init --network network.json --name watch.example.org/ward'],
  async run({ options }, session) {
    const { ask, platform } = session;
    const { random, crypto } = platform;
    const home = serverHome(session, 'witness');
    const networkFile = await findNetworkFile(session, options);
    const name = options.name ?? (await ask.text('What is the witness called?', word('--name')));
    const seed = random.bytes(32);
    const { witnessInit } = await import('@ward/server');
    await witnessInit({ name, seed, networkFile }, home);
    const { publicKey } = crypto.ed25519.keyPair(seed);
    const key = formatVerifierKey({ name, publicKey }, crypto);
    const network = toHex(networkFile.network);
    return {
      json: { home, name, key, network },
      show: (screen) => {
        screen.line('The witness is made.', 'good');
        screen.facts([
          ['home', home],
          ['verifier key', key],
          ['network', network],
        ]);
        screen.line();
        screen.line('Next: ward witness start --listen HOST:PORT');
      },
    };
  },
});
