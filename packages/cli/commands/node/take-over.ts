import { defineCommand } from '../../frame/define-command.ts';
import { flag, integer } from '../../frame/parameters.ts';
import { serverHome } from '../../servers/start-server.ts';

export const nodeTakeOver = defineCommand({
  name: 'take-over',
  summary: 'Let a restored node start: you answer for it that the old one is gone for ever',
  details:
    'Two nodes with one key lose their stake, and whoever trusted them. A node with peers stays ' +
    'silent for 100 blocks behind the newest that was seen. One that makes blocks alone goes on ' +
    'only if it has every block that anybody has seen.',
  owner: 'nobody',
  options: {
    seen: integer(
      'HEIGHT',
      { min: 0, max: Number.MAX_SAFE_INTEGER },
      'newest block that any other node, client or witness shows: see ward ledger status',
    ),
    yes: flag('do not ask'),
  },
  examples: ['ward --home clinic node take-over --seen 120433'],
  async run({ options: { seen, yes } }, session) {
    await session.ask.confirm('Is the old node gone, with its disk, and never comes back?', {
      yes,
    });
    const { takeOver } = await import('@ward/node');
    const home = serverHome(session, 'node');
    const { crypto } = session.platform;
    const silentUpTo = await takeOver({ home, seen, crypto });
    return {
      json: { home, silentUpTo },
      show: (screen) => {
        screen.line(`The node may start; it signs nothing up to block ${silentUpTo}.`, 'good');
      },
    };
  },
});
