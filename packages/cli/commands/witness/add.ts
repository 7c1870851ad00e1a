import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkNetworkWitnesses, NetworkFile } from '@ward/ledger/schema';
import { parseVerifierKey, word } from '@ward/protocol';
import { saveNetworkFile } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { loadJsonFile, onFiles } from '../../frame/files.ts';
import { integer, optional, origin, text } from '../../frame/parameters.ts';

export const witnessAdd = defineCommand({
  name: 'add',
  summary: 'Have this home ask a witness before it believes what nodes show',
  details:
    'Changes the network file of the home: from then on the newest block counts only when ' +
    'so many of the witnesses have cosigned it or one before it within a minute. Compare ' +
    'the verifier key with what the witness told you itself.',
  owner: 'nobody',
  args: {
    key: text('KEY', 'verifier key: ward witness status prints it'),
    origin: origin('where the witness is'),
  },
  options: {
    quorum: optional(
      integer('COUNT', { min: 1, max: 32 }, 'how many have to confirm'),
      'as before; 1 for the first',
    ),
  },
  examples: ['ward witness add example.org/w+0b1f2c3d+BA… https://watch.example.org --quorum 2'],
  async run({ args, options }, { home, platform: { crypto } }) {
    const path = join(home, 'network.json');
    if (!existsSync(path)) throw refuse('OWNER_HOME_MISSING', { wanted: word('network file') });
    const file = loadJsonFile(path, NetworkFile);
    const before = file.witnesses ?? { known: [], quorum: 1 };
    const { name } = parseVerifierKey(args.key, crypto);
    const witnesses = {
      known: [...before.known, { key: args.key, origin: args.origin }],
      quorum: options.quorum ?? before.quorum,
    };
    checkNetworkWitnesses(witnesses, crypto);
    onFiles(() => saveNetworkFile(home, { ...file, witnesses }));
    const { length: count } = witnesses.known;
    const { quorum } = witnesses;
    return {
      json: { name, witnesses: count, quorum },
      show: (screen) =>
        screen.line(`${name} is asked from now on: ${quorum} of ${count} have to confirm.`),
    };
  },
});
