import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeId, writeEngineHome } from '@ward/engine';
import { loadCrypto } from '@ward/protocol/crypto';
import { cometbft, freeAddresses } from '@ward/testkit/cometbft-stage';
import { TestLedger } from '@ward/testkit/test-ledger';
import { processUsage } from './process-usage.ts';

const TRANSACTION_BYTES = 300;
const BATCH = 100;
const WINDOW = 16_384;
const WARM_UP_SECONDS = 2;
const PACE_MS = 20;
const ANSWER_MS_MAX = 30_000;
/** Heights that CometBFT tells of at one time. */
const HEIGHTS_MAX = 20;

interface KvstoreNode {
  readonly process: ChildProcess;
  readonly rpcPath: string;
}

export interface KvstoreLoad {
  readonly perSecond: number;
  /** CPU of all nodes together, in microseconds a transaction. */
  readonly engineUs: number;
  readonly clientUs: number;
}

/** What such nodes take on this machine now. */
export async function measureKvstore(validators: number, seconds: number): Promise<KvstoreLoad> {
  const bench = await KvstoreBench.start(validators);
  const load = await bench.load(seconds);
  await bench.stop();
  return load;
}

/**
 * CometBFT with the application that is built into it, which checks no signature and keeps nothing,
 * configured as Ward configures it but for the mempool that gossips single transactions: `flood`.
 */
class KvstoreBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ward-kvstore-'));
  readonly #agent = new Agent({ keepAlive: true });
  #nodes: KvstoreNode[] = [];
  /** Of transactions that were made. */
  #numbers = 0;
  #committed = 0;
  #height = 0;

  static async start(validators: number): Promise<KvstoreBench> {
    const bench = new KvstoreBench();
    const crypto = await loadCrypto();
    const time = Math.floor(Date.now() / 1000) - 1;
    const ledger = new TestLedger(crypto, [], { time, validators });
    const addresses = await freeAddresses(validators);
    const seeds = addresses.map((_, i) => crypto.sha256(Buffer.from(`node ${i}`)));
    const peers = addresses.map((address, i) => `${nodeId(seeds[i]!, crypto)}@${address}`);
    bench.#nodes = addresses.map((listen, index) => {
      const home = join(bench.#folder, `node${index}`);
      const folder = join(home, 'cometbft');
      const [applicationPath, rpcPath] = [join(home, 'abci'), join(home, 'rpc')];
      mkdirSync(home);
      writeEngineHome({
        ...{ folder, genesis: ledger.genesis, listen, applicationPath, rpcPath, crypto },
        validatorSeed: ledger.validatorSeeds[index]!,
        nodeSeed: seeds[index]!,
        peers: peers.filter((_, i) => i !== index),
      });
      useKvstore(join(folder, 'config', 'config.toml'));
      const process = spawn(cometbft!, ['start', '--home', folder], { stdio: 'ignore' });
      return { process, rpcPath };
    });
    while ((await bench.#look()) < 1) await sleep(PACE_MS);
    return bench;
  }

  /** Sends transactions to all nodes alike for some seconds, as fast as blocks take them. */
  async load(seconds: number): Promise<KvstoreLoad> {
    const sending = new AbortController();
    const sent = this.#nodes.map((node) => this.#send(node, sending.signal));
    const untilMs = (ms: number) => this.#countUntil(performance.now() + ms);
    await untilMs(WARM_UP_SECONDS * 1000);
    const before = { ...(await untilMs(0)), ...this.#usage() };
    const after = { ...(await untilMs(seconds * 1000)), ...this.#usage() };
    sending.abort();
    await Promise.all(sent);
    const count = after.committed - before.committed;
    return {
      perSecond: count / ((after.ms - before.ms) / 1000),
      engineUs: (after.engineUs - before.engineUs) / count,
      clientUs: (after.clientUs - before.clientUs) / count,
    };
  }

  #usage() {
    const { user, system } = process.cpuUsage();
    const engines = this.#nodes.map(({ process: { pid } }) => processUsage(pid).cpuUs);
    return { engineUs: engines.reduce((a, b) => a + b, 0), clientUs: user + system };
  }

  /** @returns What blocks have taken, and when the last of them was seen: at the end or later. */
  async #countUntil(untilMs: number): Promise<{ committed: number; ms: number }> {
    const start = this.#committed;
    for (;;) {
      const height = this.#height;
      const now = await this.#look();
      const ms = performance.now();
      if (now > height && this.#committed > start && ms >= untilMs) {
        return { committed: this.#committed, ms };
      }
      await sleep(PACE_MS);
    }
  }

  /** Counts the transactions of new blocks. @returns Height of the newest one. */
  async #look(): Promise<number> {
    const from = this.#height + 1;
    const query = `blockchain?minHeight=${from}&maxHeight=${from + HEIGHTS_MAX - 1}`;
    const answer = await this.#get(query);
    for (const { header, num_txs: count } of answer?.block_metas ?? []) {
      if (Number(header.height) < from) continue;
      this.#committed += Number(count);
      this.#height = Math.max(this.#height, Number(header.height));
    }
    return this.#height;
  }

  async #get(query: string): Promise<BlockMetas | undefined> {
    try {
      const { rpcPath: socketPath } = this.#nodes[0]!;
      const text = await this.#ask({ socketPath, path: `/${query}`, method: 'GET' }, undefined);
      return (JSON.parse(text) as { result?: BlockMetas }).result;
    } catch {
      return undefined;
    }
  }

  async #send({ rpcPath: socketPath }: KvstoreNode, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#numbers - this.#committed + BATCH > WINDOW) {
        await sleep(PACE_MS);
        continue;
      }
      const calls = Array.from({ length: BATCH }, () => this.#call());
      await this.#ask({ socketPath, path: '/', method: 'POST' }, `[${calls.join(',')}]`);
    }
  }

  #call(): string {
    const key = `key${this.#numbers++}=`;
    const text = key.padEnd(TRANSACTION_BYTES, 'x');
    const base64 = Buffer.from(text, 'latin1').toString('base64');
    return `{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_async","params":{"tx":"${base64}"}}`;
  }

  #ask(
    where: { readonly socketPath: string; readonly path: string; readonly method: string },
    body: string | undefined,
  ): Promise<string> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = { ...where, headers, agent: this.#agent, timeout: ANSWER_MS_MAX };
    return new Promise((resolve, reject) => {
      const call = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        answer.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await Promise.all(
      this.#nodes.map(({ process }) => {
        process.kill('SIGKILL');
        return once(process, 'exit');
      }),
    );
    rmSync(this.#folder, { recursive: true });
  }
}

interface BlockMetas {
  readonly block_metas: readonly {
    readonly header: { readonly height: string };
    readonly num_txs: string;
  }[];
}

/** The same configuration, with another application and the mempool that belongs to it. */
function useKvstore(path: string): void {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/^proxy_app = .*$/m, 'proxy_app = "kvstore"'],
    [/^type = "app"$/m, 'type = "flood"\nsize = 50000\ncache_size = 200000\nrecheck = false'],
    [/^max_tx_bytes = .*$/m, 'max_tx_bytes = 1024'],
    [/^(\[rpc\]\n)/m, `$1max_request_batch_size = ${BATCH}\n`],
  ];
  let config = readFileSync(path, 'utf8');
  for (const [before, after] of changes) {
    if (!before.test(config)) throw new Error('the configuration of CometBFT has another form');
    config = config.replace(before, after);
  }
  writeFileSync(path, config);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
