import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Examination } from '@ward/node';
import { defineCommand } from '../frame/define-command.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { printable } from '../frame/printable.ts';
import type { Session } from '../frame/session.ts';
import { serverHome } from '../servers/start-server.ts';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Look for what keeps a node from working, and say what to do',
  details:
    'In the home of an organisation, or of a node itself. Looks for a missing or wrong CometBFT, ' +
    'a release other than the network runs, a wrong clock, a full disk, taken ports, another ' +
    'genesis, a damaged ledger, a key that is in use twice, peers that do not answer, and ' +
    'certificates that end. Nothing is changed. A node that runs keeps its ledger and ports: ' +
    'stop it to have them looked at. Exit status 4 when something was found.',
  owner: 'nobody',
  examples: ['ward --home clinic doctor'],
  async run(_, session) {
    const { findings, isRunning } = await examine(session);
    return {
      json: { running: isRunning, findings: findings.map((finding) => ({ ...finding })) },
      exitCode: findings.length === 0 ? EXIT.ok : EXIT.unverified,
      show: (screen) => {
        if (isRunning) screen.line('The node runs: its ledger and its ports were left to it.');
        if (findings.length === 0) screen.line('Nothing is wrong.', 'good');
        for (const { fault, what, why, next } of findings) {
          screen.line(`${fault}: ${printable(what)}`, 'bad');
          screen.line(`  ${why}`);
          screen.line(`  ${printable(next)}`);
        }
      },
    };
  },
});

async function examine(session: Session): Promise<Examination> {
  const { crypto, clock, transport, environment } = session.platform;
  const { examineHome, findEngines, NODE_OPTIONS } = await import('@ward/node');
  const { freeBytes, parseListen, readOptions } = await import('@ward/server');
  const inside = serverHome(session, 'node');
  const home = existsSync(join(session.home, 'node.json')) ? session.home : inside;
  const values = readOptions(NODE_OPTIONS, { flags: ['--home', home], environment });
  const listens = [values.listen, values['ops-listen'], values['ingress-listen']];
  const origin = values['public-origin'];
  return examineHome({
    ...{ home, crypto, clock, connect: transport, freeBytes, engine: findEngines },
    listens: listens.filter((text) => text !== '').map(parseListen),
    ownOrigins: [`http://${values.listen}`, ...(origin === '' ? [] : [origin])],
  });
}
