import { defineCommand } from '../../frame/define-command.ts';
import { oneOf, optional, path } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import { serverHome } from '../../servers/start-server.ts';

const KINDS = ['node', 'vault', 'custodian', 'witness'] as const;

export const configShow = defineCommand({
  name: 'show',
  summary: 'Each setting of a server, and where its value comes from',
  details:
    'A flag goes before the environment, the environment before config.json in the home of the ' +
    'server, and that before the default. Keys lie in files of their own and are no settings, so ' +
    'nothing secret is shown. All settings stand in docs/configuration.md.',
  owner: 'nobody',
  args: { server: oneOf(KINDS, 'SERVER', 'which one') },
  options: { config: optional(path('FILE', 'as ward node start --config is given it')) },
  examples: ['ward --home clinic config show node'],
  async run({ args: { server }, options: { config } }, session) {
    const home = serverHome(session, server);
    const { environment } = session.platform;
    const { explainOptions } = await import('@ward/server');
    const options = await optionsOf(server);
    const flags = ['--home', home, ...(config === undefined ? [] : ['--config', config])];
    const settings = explainOptions(options, { flags, environment });
    return {
      json: { server, settings: settings.map((setting) => ({ ...setting })) },
      show: (screen) => {
        screen.facts(
          settings.map(({ name, value, from }) => {
            return [name, `${printable(value) || 'none'} (${from})`] as const;
          }),
        );
      },
    };
  },
});

/** Loaded when it is wanted: a server is more than its settings. */
async function optionsOf(server: (typeof KINDS)[number]) {
  switch (server) {
    case 'node':
      return (await import('@ward/node')).NODE_OPTIONS;
    case 'vault':
      return (await import('@ward/vault')).VAULT_OPTIONS;
    case 'custodian':
      return (await import('@ward/custodian')).CUSTODIAN_OPTIONS;
    case 'witness':
      return (await import('@ward/server')).WITNESS_OPTIONS;
  }
}
