import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CometbftHome,
  type CometbftHomeOptions,
  EngineQueries,
  findEngine,
  nodeId,
  openCometbftHome,
} from '@ward/engine';
import { type Clock, type Crypto, MS_PER_SECOND } from '@ward/protocol';
import { TestLedger } from './test-ledger.ts';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));

/** The pinned CometBFT that `npm run engine:install` has put in place. */
export const cometbft = findEngine(CACHE);

/**
 * Whether tests of CometBFT are left out: only where there is none, and never where everything has
 * to be there.
 */
export const isWithoutCometbft = cometbft === undefined && process.env.CI !== 'true';

const systemClock: Clock = { nowMs: () => Date.now() };

/** A node of a test's network. */
export interface StagedNode extends CometbftHome {
  readonly queries: EngineQueries;
  readonly home: string;
}

/** A ledger whose time is now, as an engine has it that runs by a real clock. */
export function ledgerOfNow(crypto: Crypto, validators = 1): TestLedger {
  const time = Math.floor(Date.now() / MS_PER_SECOND) - 1;
  return new TestLedger(crypto, [['provider']], { time, validators });
}

/** A network of CometBFT nodes on this machine, each with its own address and folder. */
export class CometbftStage {
  readonly ledger: TestLedger;
  readonly #crypto: Crypto;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ward-cometbft-'));
  readonly #addresses: Promise<readonly string[]>;
  readonly #running = new Map<number, Promise<StagedNode>>();
  /** The last lines of CometBFT's logs, for a test that fails. */
  readonly log: string[] = [];

  /**
   * @param ledger As many nodes as it has validators.
   * @param followers Nodes behind them that do not vote.
   */
  constructor(ledger: TestLedger, followers = 0) {
    this.ledger = ledger;
    this.#crypto = ledger.crypto;
    this.#addresses = freeAddresses(ledger.validatorSeeds.length + followers);
  }

  /** Starts a node, or starts it again on what it has kept. */
  start(index: number, own: Partial<CometbftHomeOptions> = {}): Promise<StagedNode> {
    const started = this.#start(index, own);
    this.#running.set(index, started);
    return started;
  }

  async #start(index: number, own: Partial<CometbftHomeOptions>): Promise<StagedNode> {
    const crypto = this.#crypto;
    const { genesis, provider } = this.ledger;
    const addresses = await this.#addresses;
    const home = join(this.#folder, `node${index}`);
    const seeds = addresses.map((_, i) => crypto.sha256(Buffer.from(`node ${i}`)));
    const peers = addresses.map((address, i) => `${nodeId(seeds[i]!, crypto)}@${address}`);
    const running = await openCometbftHome({
      ...{ home, genesis, crypto, clock: systemClock, workers: 1 },
      // Tests wait for blocks.
      idleBlockMs: 250,
      binary: cometbft!,
      validatorSeed: this.ledger.validatorSeeds[index] ?? seeds[index]!,
      nodeSeed: seeds[index]!,
      peerAddress: addresses[index]!,
      peers: peers.filter((_, i) => i !== index),
      onLog: ({ level, message, fields }) => {
        this.log.push(`${index} ${level} ${message} ${JSON.stringify(fields)}`);
        if (this.log.length > 400) this.log.splice(0, 200);
      },
      ...own,
    });
    const organisation = provider.id;
    const software = 'ward/test';
    const queries = new EngineQueries({ ...running, genesis, organisation, software, crypto });
    const stop = async () => {
      this.#running.delete(index);
      await running.stop();
      queries.close();
    };
    return { ...running, home, queries, stop };
  }

  async close(): Promise<void> {
    const nodes = await Promise.allSettled(this.#running.values());
    await Promise.all(
      nodes.map((node) => (node.status === 'fulfilled' ? node.value.stop() : undefined)),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that are free now, each on an address of its own. */
export async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, (_, i) =>
    createServer().listen({ host: `127.0.0.${i + 2}`, port: 0 }),
  );
  const addresses: string[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const { address, port } = server.address() as { address: string; port: number };
    addresses.push(`${address}:${port}`);
    server.close();
    await once(server, 'close');
  }
  return addresses;
}

/** Waits until a node has a height. */
export function reached({ engine }: StagedNode, height: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if ((engine.newest?.header.height ?? 0) < height) return;
      end();
      resolve();
    };
    const end = engine.onBlock(look);
    look();
  });
}
