import { getBlock, getStatus } from '@ward/ledger/schema';
import { callEndpoint, type Height, WardError } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import type { Network } from './network.ts';
import type { ServerProcess } from './server-process.ts';

/** What a node of the network says of itself. */
export interface NodeReading {
  readonly organisation: string;
  readonly origin: string;
  /** Undefined where it does not answer. */
  readonly height: Height | undefined;
  /** Nodes that it is connected with; undefined where it does not say. */
  readonly peers: number | undefined;
}

export interface NetworkReading {
  readonly nodes: readonly NodeReading[];
  /** Of the highest node. */
  readonly height: Height;
  /** Since the reading before. */
  readonly transactionsPerSecond: number;
}

/** Blocks that one reading counts transactions of. */
const COUNTED_BLOCKS_MAX = 50;
const PEERS_LINE = /^ward_peers (\d+)/m;
const ANSWER_MS_MAX = 2000;

/** Reads heights, peers and transactions of a network that runs, again and again. */
export class NetworkWatch {
  readonly #network: Network;
  #counted: { readonly height: Height; readonly atMs: number } | undefined;

  constructor(network: Network) {
    this.#network = network;
  }

  async read(): Promise<NetworkReading> {
    const nodes = await Promise.all(this.#network.nodes.map(readNode));
    const height = Math.max(0, ...nodes.map((node) => node.height ?? 0));
    const highest = nodes.find((node) => node.height === height);
    const now = { height, atMs: performance.now() };
    const before = this.#counted ?? now;
    this.#counted = now;
    const seconds = (now.atMs - before.atMs) / 1000;
    if (highest === undefined || seconds === 0) return { nodes, height, transactionsPerSecond: 0 };
    const from = Math.max(before.height + 1, height - COUNTED_BLOCKS_MAX + 1);
    const transactions = await countTransactions(highest.origin, { from, to: height });
    return { nodes, height, transactionsPerSecond: transactions / seconds };
  }
}

async function readNode({ organisation, origin, opsOrigin }: ServerProcess): Promise<NodeReading> {
  const [height, peers] = await Promise.all([readHeight(origin), readPeers(opsOrigin)]);
  return { organisation, origin, height, peers };
}

async function readHeight(origin: string): Promise<Height | undefined> {
  const request = { params: {}, query: {}, body: null };
  try {
    return (await callEndpoint(getStatus, request, httpTransport(origin))).height;
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

/** By the metrics of the node; none where there is no answer in time. */
async function readPeers(opsOrigin: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`${opsOrigin}/metrics`, {
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const found = PEERS_LINE.exec(await answer.text());
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

async function countTransactions(
  origin: string,
  { from, to }: { readonly from: Height; readonly to: Height },
): Promise<number> {
  let count = 0;
  for (let height = from; height <= to; height++) {
    const request = { params: { height }, query: {}, body: null };
    try {
      const { transactions } = await callEndpoint(getBlock, request, httpTransport(origin));
      count += transactions.length;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
    }
  }
  return count;
}
