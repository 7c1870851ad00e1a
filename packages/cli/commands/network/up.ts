import { setTimeout } from 'node:timers/promises';
import { word } from '@ward/protocol';
import type { Network, NetworkReading } from '@ward/sandbox/network';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { integer, optional } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { tableLines } from '../../frame/table.ts';

const READ_MS = 1000;
/** Where nobody looks at a terminal, a table in the log every so often is enough. */
const PLAIN_READINGS = 10;
const ERASE_BELOW = '\u001b[J';

export const networkUp = defineCommand({
  name: 'up',
  summary: 'Run all organisations of a network of this machine until Ctrl-C, and watch them',
  details:
    'Every server is a process of its own, as each organisation would run it. The table shows ' +
    'the height of each node, with how many others it is connected, and transactions a second. ' +
    'A server that ends by itself stays down, and the others go on: with --home of its folder, ' +
    'ward node start brings it back.',
  owner: 'nobody',
  options: {
    untilHeight: optional(
      integer('HEIGHT', { min: 1, max: Number.MAX_SAFE_INTEGER }, 'end once all nodes have it'),
    ),
  },
  examples: ['ward --home net network up'],
  async run({ options: { untilHeight } }, session) {
    const { home, isHomeNamed } = session;
    if (!isHomeNamed) throw refuse('FLAG_NEEDED', { flag: word('--home') });
    const local = await import('@ward/sandbox/network');
    if (!local.hasNetwork(home)) throw local.refuseSandbox('SANDBOX_HOME_INVALID');
    const network = await local.startNetwork({
      home,
      onDeath: ({ organisation, kind }) =>
        session.remark(`The ${kind} of ${organisation} has ended by itself and stays down.`),
    });
    try {
      const reading = await watch(new local.NetworkWatch(network), {
        network,
        session,
        untilHeight,
      });
      const nodes = reading.nodes.map(({ organisation, height, peers }) => {
        return { organisation, height: height ?? null, peers: peers ?? null };
      });
      const { height } = reading;
      return {
        json: { home, height, nodes },
        exitCode: EXIT.ok,
        show: (screen) => screen.line(`Stopped in order at height ${height}.`),
      };
    } finally {
      await network.close();
    }
  },
});

interface WatchOptions {
  readonly network: Network;
  readonly session: Session;
  readonly untilHeight: number | undefined;
}

/** Draws readings until the network is closed, or every node has the wanted height. */
async function watch(
  source: { read(): Promise<NetworkReading> },
  { network, session, untilHeight }: WatchOptions,
): Promise<NetworkReading> {
  const table = new LiveTable(session);
  const end = new AbortController();
  void network.closed.then(() => end.abort());
  let reading = await source.read();
  while (!end.signal.aborted) {
    await table.draw(reading);
    if (untilHeight !== undefined && isReached(reading, untilHeight)) break;
    await setTimeout(READ_MS, undefined, { signal: end.signal }).catch(() => undefined);
    if (!end.signal.aborted) reading = await source.read();
  }
  return reading;
}

function isReached({ nodes }: NetworkReading, height: number): boolean {
  return nodes.every((node) => node.height !== undefined && node.height >= height);
}

const HEAD = [
  { title: 'organisation', mayShrink: true },
  { title: 'node', mayShrink: true },
  { title: 'height', isNumber: true },
  { title: 'behind', isNumber: true },
  { title: 'peers', isNumber: true },
] as const;

/** A table that is drawn over itself on a terminal, and now and then where there is none. */
class LiveTable {
  readonly #session: Session;
  #lines = 0;
  #readings = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  async draw(reading: NetworkReading): Promise<void> {
    const { terminal } = this.#session.platform;
    const { columns } = terminal;
    const isDue = columns !== undefined || this.#readings++ % PLAIN_READINGS === 0;
    if (this.#session.wantsJson || !isDue) return;
    const lines = linesOf(reading, columns);
    const back = columns === undefined || this.#lines === 0 ? '' : `\u001b[${this.#lines}A\r`;
    const erase = columns === undefined ? '' : ERASE_BELOW;
    this.#lines = lines.length;
    await terminal.write(`${back}${erase}${lines.join('\n')}\n`);
  }
}

function linesOf(reading: NetworkReading, columns: number | undefined): string[] {
  const { nodes, height, transactionsPerSecond } = reading;
  const rows = nodes.map((node) => [
    node.organisation,
    node.origin,
    node.height === undefined ? 'no answer' : `${node.height}`,
    node.height === undefined ? '' : `${height - node.height}`,
    node.peers === undefined ? '' : `${node.peers}`,
  ]);
  const table = tableLines({ head: HEAD, rows }, { columns, paintHead: (text) => text });
  const rate = transactionsPerSecond.toFixed(1);
  return [...table, `height ${height}, ${rate} transactions a second. Ctrl-C stops it.`];
}
