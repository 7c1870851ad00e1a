import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toHex, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { optional, origin } from '../../frame/parameters.ts';
import { addServiceKey, endpointsWith } from '../../servers/new-server.ts';
import { serverHome } from '../../servers/start-server.ts';

export const custodianInitCommand = defineCommand({
  name: 'init',
  summary: 'Make a custodian of the organisation, and publish its keys and where it is',
  details:
    'Its folder is custodian in the home of the organisation. Patients can then name the ' +
    'organisation as a custodian of their charts. Start it: ward custodian start.',
  owner: 'organisation',
  options: { origin: optional(origin('how others reach it')) },
  examples: ['ward custodian init --origin https://custodian.laboratory.example'],
  async run({ options }, session) {
    const { ward, ask, platform } = session;
    const { random, crypto } = platform;
    const home = serverHome(session, 'custodian');
    if (existsSync(join(home, 'custodian.json'))) {
      throw refuse('OWNER_HOME_TAKEN', { kind: word('custodian') });
    }
    const at = options.origin ?? (await ask.text('How is it reached?', word('--origin')));
    const { seed: serviceSeed } = await addServiceKey(ward, platform);
    const { account } = ward.keys;
    const seeds = { sealingSeed: random.bytes(32), receiptSeed: random.bytes(32) };
    const { networkFile } = ward.connection;
    const own = { organisation: account, account, networkFile, serviceSeed, ...seeds };
    const { custodianInit } = await import('@ward/custodian');
    await custodianInit(own, home);
    const { publicKey } = crypto.ed25519.keyPair(seeds.receiptSeed);
    await ward.network.update({
      custodian: {
        sealingKey: crypto.kem.openingKey(seeds.sealingSeed).sealingKey.bytes,
        publicKey,
      },
      endpoints: await endpointsWith({ custodian: at }, ward),
    });
    return {
      json: { home, origin: at, receiptKey: toHex(publicKey) },
      show: (screen) => {
        screen.line('The custodian is made and published.', 'good');
        screen.facts([
          ['home', home],
          ['origin', at],
        ]);
        screen.line();
        screen.line('Next: ward custodian start --listen HOST:PORT');
      },
    };
  },
});
