import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeId } from '@ward/engine';
import { type Crypto, toHex } from '@ward/protocol';
import { cometbft, freeAddresses } from './cometbft-stage.ts';
import type { Conduct } from './network-calls.ts';
import { type CheckedNetwork, NetworkChecker } from './network-checker.ts';
import { NetworkHistory } from './network-history.ts';
import { NetworkLinks } from './network-links.ts';
import { NetworkLoad } from './network-load.ts';
import { NetworkNode } from './network-node.ts';
import { type NetworkPlan, networkLedger, planNetwork } from './network-plan.ts';
import { NetworkScript, summarised } from './network-script.ts';
import type { TestLedger } from './test-ledger.ts';

export type { Conduct } from './network-calls.ts';
export type { CheckedNetwork } from './network-checker.ts';
export { networkClient, transportTo } from './network-load.ts';
export type { NetworkNode, Part } from './network-node.ts';
export { STAKE } from './network-plan.ts';

export interface NetworkStageOptions {
  /** Four unless told. */
  readonly validators?: number;
  /** Whether the members govern it, by stake. */
  readonly isGoverned?: boolean;
  /** Nodes beside those of the validators, each with the number of the key that it votes with. */
  readonly others?: readonly number[];
  readonly conducts?: { readonly [node: number]: Conduct };
  readonly clockOffsetsMs?: { readonly [node: number]: number };
  readonly seed: number;
  readonly crypto: Crypto;
  /** Called before the nodes start. */
  readonly prepare?: (nodes: readonly NetworkNode[]) => void;
  /** Called when they have ended, before their folders go. */
  readonly release?: () => void;
  /** What is started as CometBFT: the pinned one unless told. */
  readonly binary?: (node: number) => string;
}

interface NodePlace {
  readonly validator: number;
  readonly targets: readonly string[];
  readonly lightAddresses: readonly string[];
}

/** Nodes have long to start on a machine that is busy; what is measured is printed. */
const READY_MS_MAX = 120_000;
/** Heights are to go on within this; the figure that is hoped for is a sixth of it. */
export const RECOVERY_MS_MAX = 60_000;
const POLL_MS = 50;

/** A network of processes on this machine, with clients, and everything that can happen to it. */
export class NetworkStage {
  readonly ledger: TestLedger;
  readonly script: NetworkScript;
  readonly history = new NetworkHistory();
  readonly checker = new NetworkChecker(this.history);
  readonly #options: NetworkStageOptions;
  readonly #plan: NetworkPlan;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ward-faults-'));
  #nodes: NetworkNode[] = [];
  #targets: readonly string[] = [];
  #links: NetworkLinks | undefined;
  #load: NetworkLoad | undefined;

  constructor(options: NetworkStageOptions) {
    const { validators = 4, isGoverned = false, crypto, seed } = options;
    this.#options = options;
    this.#plan = planNetwork(validators, isGoverned);
    this.ledger = networkLedger(this.#plan, crypto);
    this.script = new NetworkScript(seed);
  }

  get nodes(): readonly NetworkNode[] {
    return this.#nodes;
  }

  get links(): NetworkLinks {
    return this.#links!;
  }

  /** Starts all nodes, and clients of those that keep the rules. */
  async open(): Promise<void> {
    const { others = [], conducts = {}, seed } = this.#options;
    const keys = [...Array.from({ length: this.#plan.validators }, (_, i) => i), ...others];
    const addresses = await freeAddresses(2 * keys.length);
    const [targets, lightAddresses] = [
      addresses.slice(0, keys.length),
      addresses.slice(keys.length),
    ];
    this.#targets = targets;
    this.#links = new NetworkLinks(targets);
    await this.#links.open();
    this.#nodes = keys.map((validator, i) => this.#node(i, { validator, targets, lightAddresses }));
    this.#options.prepare?.(this.#nodes);
    for (const node of this.#nodes) node.start();
    await Promise.all(this.#nodes.map((node) => node.untilReady(READY_MS_MAX)));
    const { ledger, history } = this;
    const honest = this.#nodes.filter((_, i) => (conducts[i] ?? 'honest') === 'honest');
    this.#load = new NetworkLoad({ nodes: honest, ledger, history, seed });
    this.#load.start();
  }

  #node(index: number, { validator, targets, lightAddresses }: NodePlace): NetworkNode {
    const { crypto, conducts = {}, clockOffsetsMs = {}, binary = () => cometbft! } = this.#options;
    const seedOf = (i: number) => crypto.sha256(Buffer.from(`node ${i}`));
    const peers = targets.flatMap((_, to) =>
      to === index ? [] : [`${nodeId(seedOf(to), crypto)}@${this.links.address(index, to)}`],
    );
    return new NetworkNode({
      ...{ name: `node${index}`, home: join(this.#folder, `node${index}`), peers, validator },
      ...{ plan: this.#plan, cometbft: binary(index), peerAddress: targets[index]! },
      ...{ lightAddress: lightAddresses[index]!, joining: null },
      nodeSeed: toHex(seedOf(index)),
      clockOffsetMs: clockOffsetsMs[index] ?? 0,
      conduct: conducts[index] ?? 'honest',
      onLog: (line) => this.script.hear(line),
    });
  }

  /** Prints what was seen: figures of this machine, which no test holds against a limit. */
  report(fault: string, { recoveriesMs }: { readonly recoveriesMs: readonly number[] }): void {
    const { acknowledged, reads } = this.history;
    const height = this.checker.height;
    const told = `${acknowledged.size} acknowledged, ${reads.length} reads verified`;
    const recovered = summarised(recoveriesMs);
    process.stderr.write(`faults: ${fault}: ${recovered}; height ${height}, ${told}\n`);
  }

  note(event: string): void {
    this.script.note(event);
  }

  /** Address on which a node takes its peers. */
  peerAddress(node: NetworkNode): string {
    return this.#targets[this.#nodes.indexOf(node)]!;
  }

  /** Starts a node again, and waits until it has caught up. @returns How long that took. */
  async startAgain(node: NetworkNode): Promise<number> {
    const startedMs = performance.now();
    this.note(`start ${node.name}`);
    node.start();
    await node.untilReady(READY_MS_MAX);
    return performance.now() - startedMs;
  }

  /** Waits until each node shows two blocks more than any has now. @returns How long that took. */
  async untilAdvancing(nodes: readonly NetworkNode[] = this.#nodes): Promise<number> {
    const startedMs = performance.now();
    const target = (await this.#highest(nodes)) + 2;
    for (const node of nodes) {
      for (;;) {
        const height = await heightOf(node);
        if (height >= target) break;
        if (performance.now() - startedMs > RECOVERY_MS_MAX) {
          throw new Error(`${node.name} stays at ${height}, not at ${target}`);
        }
        await wait(POLL_MS);
      }
    }
    const tookMs = performance.now() - startedMs;
    this.note(`all go on after ${Math.round(tookMs)} ms`);
    return tookMs;
  }

  async #highest(nodes: readonly NetworkNode[]): Promise<number> {
    return Math.max(...(await Promise.all(nodes.map(heightOf))));
  }

  /** Whether nodes show a new block within some time. */
  async isAdvancing(nodes: readonly NetworkNode[], withinMs: number): Promise<boolean> {
    const before = await this.#highest(nodes);
    const endMs = performance.now() + withinMs;
    while (performance.now() < endMs) {
      if ((await this.#highest(nodes)) > before) return true;
      await wait(POLL_MS);
    }
    return false;
  }

  /** Waits until a process of a node says something. @returns False where it does not. */
  async hears(node: NetworkNode, words: string): Promise<boolean> {
    const endMs = performance.now() + RECOVERY_MS_MAX;
    while (performance.now() < endMs) {
      if (node.log.some((line) => line.includes(words))) return true;
      await wait(POLL_MS);
    }
    return false;
  }

  /** Compares nodes with each other and with what clients were told. */
  check(nodes: readonly NetworkNode[] = this.#nodes): Promise<CheckedNetwork> {
    return this.checker.check(nodes);
  }

  /** Ends the clients, lets everything settle, and compares all of it from the first block on. */
  async settle(nodes: readonly NetworkNode[] = this.#nodes): Promise<CheckedNetwork> {
    await this.#load?.end();
    this.#load = undefined;
    await this.untilAdvancing(nodes);
    for (const node of nodes) this.checker.forget(node);
    const checked = await this.check(nodes);
    this.checker.checkSettled();
    return checked;
  }

  async close(): Promise<void> {
    await this.#load?.end().catch(() => undefined);
    for (const node of this.#nodes) node.signal('both', 'SIGCONT');
    await Promise.all(this.#nodes.map((node) => node.kill('both')));
    await Promise.all(this.#nodes.map((node) => node.untilEngineGone()));
    this.#links?.close();
    this.#options.release?.();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Height that a node shows; 0 where it cannot be asked. */
export async function heightOf(node: NetworkNode): Promise<number> {
  try {
    return (await node.ask('state', null)).height;
  } catch {
    return 0;
  }
}
