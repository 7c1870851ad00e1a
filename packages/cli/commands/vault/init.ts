import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toHex, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { optional, origin } from '../../frame/parameters.ts';
import { addServiceKey, endpointsWith } from '../../servers/new-server.ts';
import { serverHome } from '../../servers/start-server.ts';

export const vaultInitCommand = defineCommand({
  name: 'init',
  summary: 'Make a vault of the organisation, and publish where it is',
  details:
    'Its folder is vault in the home of the organisation. The vault also keeps the inbox of the ' +
    'organisation, unless it has one elsewhere. Start it then: ward vault start.',
  owner: 'organisation',
  options: { origin: optional(origin('how others reach it')) },
  examples: ['ward vault init --origin https://vault.hospital-b.example'],
  async run({ options }, session) {
    const { ward, ask, platform } = session;
    const home = serverHome(session, 'vault');
    if (existsSync(join(home, 'vault.json'))) {
      throw refuse('OWNER_HOME_TAKEN', { kind: word('vault') });
    }
    const at = options.origin ?? (await ask.text('How is it reached?', word('--origin')));
    const { seed: serviceSeed, publicKey } = await addServiceKey(ward, platform);
    const { networkFile } = ward.connection;
    const { vaultInit } = await import('@ward/vault');
    await vaultInit({ organisation: ward.keys.account, networkFile, serviceSeed }, home);
    const { inbox } = await endpointsWith({}, ward);
    const endpoints = await endpointsWith({ vault: at, inbox: inbox ?? at }, ward);
    await ward.network.update({ endpoints });
    return {
      json: { home, origin: at, serviceKey: toHex(publicKey) },
      show: (screen) => {
        screen.line('The vault is made and published.', 'good');
        screen.facts([
          ['home', home],
          ['origin', at],
        ]);
        screen.line();
        screen.line('Next: ward vault start --listen HOST:PORT');
      },
    };
  },
});
