import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Examination, Finding } from '@ward/node';
import { defineCommand } from '../frame/define-command.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { printable } from '../frame/printable.ts';
import type { Session } from '../frame/session.ts';
import { serverHome } from '../servers/start-server.ts';

/** Servers that are examined, with the file that makes a folder the home of one. */
const HOME_FILES = {
  node: 'node.json',
  vault: 'vault.json',
  custodian: 'custodian.json',
} as const;
type Kind = keyof typeof HOME_FILES;

interface Examined extends Examination {
  readonly kind: Kind;
}

/** A finding, and in whose homes it was made: some are of the machine. */
interface SharedFinding extends Finding {
  readonly servers: readonly Kind[];
}

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Look for what keeps a node, vault or custodian from working, and say what to do',
  details:
    'In the home of an organisation, with the node, vault and custodian that it has, or in ' +
    'the home of one of them. Looks for a missing or wrong CometBFT, a release other than the ' +
    'network runs, a wrong clock, a full disk, taken ports, another genesis, a ledger that is ' +
    'not followed, keys that are missing or not those of the ledger, a damaged ledger or ' +
    'database, objects that are gone or altered and shares that do not open (a sample of ' +
    'them), a key that is in use twice, nodes and peers that do not answer, and certificates ' +
    'that end. Keys are compared where a node answers. Nothing is changed. A server that runs ' +
    'keeps its stores and ports: stop it to have them looked at; none can start while its ' +
    'stores are looked at. Exit status 4 when something was found.',
  owner: 'nobody',
  examples: ['ward --home clinic doctor'],
  async run(_, session) {
    const examined = await examineAll(session);
    const { inOrder } = await import('@ward/node');
    const findings = inOrder(shared(examined));
    return {
      json: {
        servers: examined.map(({ kind, isRunning }) => ({ kind, running: isRunning })),
        findings: findings.map((finding) => ({ ...finding, servers: [...finding.servers] })),
      },
      exitCode: findings.length === 0 ? EXIT.ok : EXIT.unverified,
      show: (screen) => {
        for (const { kind } of examined.filter(({ isRunning }) => isRunning)) {
          screen.line(`The ${kind} runs: its stores and its ports were left to it.`);
        }
        const kinds = examined.map(({ kind }) => kind).join(', ');
        if (findings.length === 0) screen.line(`Nothing is wrong (${kinds}).`, 'good');
        for (const { fault, servers, what, why, next } of findings) {
          screen.line(`${fault} (${servers.join(', ')}): ${printable(what)}`, 'bad');
          screen.line(`  ${why}`);
          screen.line(`  ${printable(next)}`);
        }
      },
    };
  },
});

/** Findings of all homes, what is the same in several once. */
function shared(examined: readonly Examined[]): SharedFinding[] {
  const found = new Map<string, SharedFinding>();
  for (const { kind, findings } of examined) {
    for (const finding of findings) {
      const key = JSON.stringify([finding.what, finding.next]);
      const servers = [...(found.get(key)?.servers ?? []), kind];
      found.set(key, { ...finding, ...found.get(key), servers });
    }
  }
  return [...found.values()];
}

/**
 * Every home that is there; a node's where there is none, which refuses it by its name.
 *
 * @throws WardError `HOME_MISSING`, `HOME_INVALID`.
 */
async function examineAll(session: Session): Promise<Examined[]> {
  const homes = homesOf(session);
  const node =
    homes.node ?? ((homes.vault ?? homes.custodian) ? undefined : serverHome(session, 'node'));
  const examined: Examined[] = [];
  const own = node === undefined ? undefined : await examineNode(node, session);
  if (own !== undefined) examined.push({ kind: 'node', ...own });
  // That the node beside them was stopped is no finding of theirs.
  const stopped = own === undefined || own.isRunning ? [] : own.ownOrigins;
  for (const kind of ['vault', 'custodian'] as const) {
    const home = homes[kind];
    if (home === undefined) continue;
    examined.push({ kind, ...(await examineServer({ kind, home, stopped }, session)) });
  }
  return examined;
}

function homesOf(session: Session): { readonly [K in Kind]?: string } {
  const found = Object.entries(HOME_FILES).flatMap(([kind, file]) => {
    const places = [session.home, serverHome(session, kind as Kind)];
    const home = places.find((place) => existsSync(join(place, file)));
    return home === undefined ? [] : [[kind, home]];
  });
  return Object.fromEntries(found);
}

async function examineNode(home: string, session: Session) {
  const { crypto, clock, transport, environment } = session.platform;
  const { examineHome, findEngines, NODE_OPTIONS } = await import('@ward/node');
  const { freeBytes, parseListen, readOptions } = await import('@ward/server');
  const values = readOptions(NODE_OPTIONS, { flags: ['--home', home], environment });
  const listens = [values.listen, values['ops-listen'], values['ingress-listen']];
  const origin = values['public-origin'];
  return examineHome({
    ...{ home, crypto, clock, connect: transport, freeBytes, engine: findEngines },
    listens: listens.filter((text) => text !== '').map(parseListen),
    ownOrigins: [`http://${values.listen}`, ...(origin === '' ? [] : [origin])],
  });
}

interface ServerPlace {
  readonly kind: 'vault' | 'custodian';
  readonly home: string;
  readonly stopped: readonly string[];
}

async function examineServer({ kind, home, stopped }: ServerPlace, session: Session) {
  const { crypto, clock, transport, environment } = session.platform;
  const { examineCustodian, examineVault } = await import('@ward/node');
  const { freeBytes, parseListen, readOptions } = await import('@ward/server');
  const { VAULT_OPTIONS } = await import('@ward/vault');
  const { CUSTODIAN_OPTIONS } = await import('@ward/custodian');
  const options = kind === 'vault' ? VAULT_OPTIONS : CUSTODIAN_OPTIONS;
  const values = readOptions(options, { flags: ['--home', home], environment });
  const examine = kind === 'vault' ? examineVault : examineCustodian;
  return examine({
    ...{ home, crypto, clock, connect: transport, freeBytes, ownOrigins: stopped },
    listens: [values.listen, values['ops-listen']].filter((text) => text !== '').map(parseListen),
  });
}
