import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeAddresses } from '@ward/testkit/cometbft-stage';
import { ask, EXEC_ARGV } from '../load/load-bench.ts';
import type { FromClient, LoadOrders, LoadResult, ToClient } from '../load/load-messages.ts';
import type { FromNode, NetworkShape, NodeUsage, ToNode } from './node-messages.ts';

/** Transactions on their way in a closed loop: some blocks' worth. */
const WINDOW = 16_384;
const WARM_UP_SECONDS = 2;

interface BenchNode {
  readonly process: ChildProcess;
  readonly path: string;
  readonly enginePid: number;
}

/** What is signed before a load begins. */
export interface SignedShape {
  readonly messages: number;
  readonly slotsPerMessage?: number;
  readonly member?: number;
}

export interface NetworkLoad extends LoadResult {
  readonly perSecond: number;
  /** CPU of all nodes together, in microseconds a transaction. */
  readonly mainUs: number;
  readonly workersUs: number;
  readonly engineUs: number;
  readonly clientUs: number;
  readonly blocksPerSecond: number;
  readonly after: readonly NodeUsage[];
}

/** A network of validators on this machine, each a process of its own, and who sends to them. */
export class NetworkBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ward-network-'));
  readonly #startedMs = Date.now();
  readonly validators: number;
  #nodes: BenchNode[] = [];
  #numbers = 0;

  private constructor(validators: number) {
    this.validators = validators;
  }

  static async start(validators: number, shape: NetworkShape = {}): Promise<NetworkBench> {
    const bench = new NetworkBench(validators);
    const addresses = await freeAddresses(validators);
    const opened = addresses.map(async (_, index) => {
      const url = new URL('./node-process.ts', import.meta.url);
      const process = fork(url, { execArgv: EXEC_ARGV });
      const folder = join(bench.#folder, `node${index}`);
      const orders = { folder, startedMs: bench.#startedMs, addresses, index, shape };
      const { path, enginePid } = await askNode(process, { kind: 'open', orders }, 'open');
      return { process, path, enginePid };
    });
    bench.#nodes = await Promise.all(opened);
    return bench;
  }

  /** What the nodes that are alive have used until now. */
  usage(): Promise<NodeUsage[]> {
    return Promise.all(
      this.#nodes.map(async ({ process }) => {
        return (await askNode(process, { kind: 'usage' }, 'usage')).usage;
      }),
    );
  }

  /** Sockets of the nodes that are alive. */
  get paths(): readonly string[] {
    return this.#nodes.map(({ path }) => path);
  }

  /** A process that sends, with what it is to send signed. */
  async client(
    options: SignedShape & { readonly count: number; readonly paths?: readonly string[] },
  ): Promise<NetworkClient> {
    const { count, paths = this.paths, ...shape } = options;
    const first = this.#numbers;
    this.#numbers += count;
    const client = new NetworkClient();
    const orders = { paths, startedMs: this.#startedMs, first, count, ...shape };
    await client.sign({ ...orders, validators: this.validators });
    return client;
  }

  /**
   * Sends transactions to all nodes alike for some seconds.
   *
   * @param perSecond Null: as fast as they are answered.
   * @param expected How many a second there will be at most, where that is not told.
   */
  async load(
    options: SignedShape & {
      readonly seconds: number;
      readonly perSecond: number | null;
      readonly expected?: number;
      /** Transactions on their way at one time; some blocks' worth unless told. */
      readonly window?: number;
    },
  ): Promise<NetworkLoad> {
    const { seconds, perSecond, expected = 8000, window: most = WINDOW, ...shape } = options;
    const perMessage = Math.ceil(expected / (1 + shape.messages / 8));
    const rate = perSecond ?? perMessage;
    const count = Math.ceil(rate * (seconds + WARM_UP_SECONDS)) + most;
    const client = await this.client({ ...shape, count });
    const before = await this.usage();
    const window = Math.min(most, Math.ceil(most / shape.messages) * 4);
    const begunMs = performance.now();
    const result = await client.load({ seconds, window, perSecond });
    const after = await this.usage();
    const spentSeconds = (performance.now() - begunMs) / 1000;
    client.stop();
    if (result.refused > 0) throw new Error(`${result.refused} of ${result.total} were refused`);
    const clientUs = result.cpuUs / result.total;
    return { ...result, clientUs, ...costs(before, after, result.total, spentSeconds), after };
  }

  /** Some seconds of load, so that what is measured is compiled: a node runs for months. */
  async warmUp(): Promise<void> {
    const small = { expected: 3000, window: 4096 };
    await this.load({ seconds: 12, messages: 1, perSecond: null, ...small });
  }

  /** Kills the last node with its engine: nothing is finished. */
  killOne(): void {
    const { process: child, enginePid } = this.#nodes.pop()!;
    child.kill('SIGKILL');
    process.kill(enginePid, 'SIGKILL');
  }

  /** Ends it without finishing what waits. */
  async abandon(): Promise<void> {
    while (this.#nodes.length > 0) this.killOne();
    await sleep(1);
    rmSync(this.#folder, { recursive: true });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#nodes.map(({ process }) => askNode(process, { kind: 'stop' }, 'stopped')),
    );
    rmSync(this.#folder, { recursive: true });
  }
}

/** A process that sends signed transactions. */
export class NetworkClient {
  readonly #process = fork(new URL('../load/client-process.ts', import.meta.url), {
    execArgv: [],
  });

  async sign(orders: Extract<ToClient, { kind: 'sign' }>['orders']): Promise<void> {
    await ask(this.#process, { kind: 'sign', orders } satisfies ToClient, 'signed');
  }

  async load(orders: LoadOrders): Promise<LoadResult & { readonly perSecond: number }> {
    const order: ToClient = { kind: 'load', orders };
    type Loaded = Extract<FromClient, { kind: 'loaded' }>;
    const { result } = await ask<Loaded>(this.#process, order, 'loaded');
    return { ...result, perSecond: result.count / result.seconds };
  }

  /** Sends all that is signed, once. */
  async send(window: number): Promise<void> {
    const result = await this.load({ seconds: 0, window, perSecond: null, isAll: true });
    if (result.refused > 0) throw new Error(`${result.refused} were refused`);
  }

  stop(): void {
    this.#process.send({ kind: 'stop' } satisfies ToClient);
  }

  /** Ends it at once, whatever it waits for. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function costs(
  before: readonly NodeUsage[],
  after: readonly NodeUsage[],
  count: number,
  seconds: number,
) {
  const each = (read: (usage: NodeUsage) => number) =>
    after.reduce((sum, usage, i) => sum + read(usage) - read(before[i]!), 0) / count;
  const mainUs = each(({ mainUs }) => mainUs);
  return {
    mainUs,
    workersUs: each(({ totalUs }) => totalUs) - mainUs,
    engineUs: each(({ engineUs }) => engineUs),
    blocksPerSecond: (after[0]!.height - before[0]!.height) / seconds,
  };
}

function askNode<K extends FromNode['kind']>(child: ChildProcess, order: ToNode, answer: K) {
  return ask<Extract<FromNode, { kind: K }>>(child, order, answer);
}
