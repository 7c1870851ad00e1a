import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  FromClient,
  FromLedger,
  LedgerUsage,
  LoadResult,
  ToClient,
  ToLedger,
} from './load-messages.ts';
import { verifyRate } from './verify-rate.ts';

/** Transactions on their way in a closed loop: some blocks' worth. */
const WINDOW = 8192;
/** More than any load will send. */
const SPARE = 1.6;
const WARM_UP_SECONDS = 2;

export interface Load extends LoadResult {
  readonly perSecond: number;
  /** Signatures that one core verifies, measured just before and after. */
  readonly verifyPerSecond: number;
  /** CPU of one verification, in microseconds. */
  readonly verifyUs: number;
  /** CPU of the ledger's process, in microseconds a transaction. */
  readonly mainUs: number;
  readonly othersUs: number;
  readonly clientUs: number;
  /** Transactions of a block, on average. */
  readonly perBlock: number;
  readonly logBytesEach: number;
  readonly after: LedgerUsage;
}

/** A ledger in one process and its client in another, on this machine. */
export class LoadBench {
  readonly #folder: string;
  readonly #ledger: ChildProcess;
  readonly #client: ChildProcess;
  readonly #startedMs = Date.now();
  #paths: readonly string[] = [];
  #numbers = 0;

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'ward-bench-'));
    this.#ledger = fork(new URL('./ledger-process.ts', import.meta.url), { execArgv: EXEC_ARGV });
    this.#client = fork(new URL('./client-process.ts', import.meta.url), { execArgv: [] });
  }

  /** @param keys Slots that stand on the ledger before any load. */
  static async start({ keys }: { readonly keys: number }): Promise<LoadBench> {
    const bench = new LoadBench();
    const orders = { home: bench.#folder, startedMs: bench.#startedMs, keys };
    const { paths } = await bench.#askLedger({ kind: 'open', orders }, 'open');
    bench.#paths = paths;
    return bench;
  }

  #askLedger<K extends FromLedger['kind']>(order: ToLedger, answer: K) {
    return ask<Extract<FromLedger, { kind: K }>>(this.#ledger, order, answer);
  }

  #askClient<K extends FromClient['kind']>(order: ToClient, answer: K) {
    return ask<Extract<FromClient, { kind: K }>>(this.#client, order, answer);
  }

  /**
   * Sends transactions for some seconds.
   *
   * @param perSecond Null: as fast as they are answered.
   */
  async load(options: {
    readonly seconds: number;
    readonly messages: number;
    readonly perSecond: number | null;
  }): Promise<Load> {
    const { seconds, messages, perSecond } = options;
    const before = await verifyRate();
    const expected = perSecond ?? (before.perSecond * SPARE) / (1 + messages / 8);
    const count = Math.ceil(expected * (seconds + WARM_UP_SECONDS)) + WINDOW;
    const first = this.#numbers;
    this.#numbers += count;
    const paths = this.#paths;
    const startedMs = this.#startedMs;
    const orders = { paths, startedMs, validators: 1, first, count, messages };
    await this.#askClient({ kind: 'sign', orders }, 'signed');
    const start = (await this.#askLedger({ kind: 'usage' }, 'usage')).usage;
    const window = Math.min(WINDOW, Math.ceil(WINDOW / messages) * 4);
    const loading = { kind: 'load' as const, orders: { seconds, window, perSecond } };
    const { result } = await this.#askClient(loading, 'loaded');
    const after = (await this.#askLedger({ kind: 'usage' }, 'usage')).usage;
    const behind = await verifyRate();
    const all = result.total;
    if (result.refused > 0) throw new Error(`${result.refused} of ${all} were refused`);
    const mainUs = (after.mainUs - start.mainUs) / all;
    return {
      ...result,
      perSecond: result.count / result.seconds,
      verifyPerSecond: (before.perSecond + behind.perSecond) / 2,
      verifyUs: (before.us + behind.us) / 2,
      mainUs,
      othersUs: (after.totalUs - start.totalUs) / all - mainUs,
      clientUs: result.cpuUs / all,
      perBlock: all / (after.height - start.height),
      logBytesEach: (after.logBytes - start.logBytes) / all,
      after,
    };
  }

  async stop(): Promise<void> {
    await this.#askLedger({ kind: 'stop' }, 'stopped');
    this.#client.send({ kind: 'stop' } satisfies ToClient);
    rmSync(this.#folder, { recursive: true });
  }
}

/** A profile of the ledger's threads: `WARD_BENCH_PROFILE=folder npm run bench -- embedded`. */
const PROFILE = process.env.WARD_BENCH_PROFILE;
export const EXEC_ARGV = PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILE}`];

/** Tells a process of a bench something, and waits for its answer of one kind. */
export function ask<M>(child: ChildProcess, order: object, answer: string): Promise<M> {
  return new Promise((resolve, reject) => {
    const listener = (message: { kind: string }) => {
      if (message.kind !== answer) return;
      child.off('message', listener);
      child.off('exit', died);
      resolve(message as M);
    };
    const died = (code: number | null) => reject(new Error(`a bench process ended with ${code}`));
    child.on('message', listener);
    child.once('exit', died);
    child.send(order);
  });
}
