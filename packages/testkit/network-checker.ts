import type { SeenBlock } from './network-calls.ts';
import type { NetworkHistory } from './network-history.ts';
import type { NetworkNode } from './network-node.ts';

const BLOCKS_PER_QUESTION = 200;

/** What a check found to hold. */
export interface CheckedNetwork {
  readonly height: number;
  /** Transactions that stand on the ledger, applied. */
  readonly applied: number;
  readonly acknowledged: number;
  readonly reads: number;
}

/**
 * Compares what the nodes of a network have with each other, and with what was told to those
 * outside. One model of the ledger, as simple as can be: which block wrote which slot.
 */
export class NetworkChecker {
  readonly #history: NetworkHistory;
  /** Blocks by height, from 1 on, as the first node told them. */
  readonly #chain: SeenBlock[] = [];
  /** Where applied transactions stand, and the heights at which slots were written. */
  readonly #places = new Map<string, number>();
  readonly #written = new Map<string, number>();
  /** Height up to which a node was compared. */
  readonly #compared = new Map<NetworkNode, number>();
  /** Acknowledged ids and reads that stood above the chain when they were looked at. */
  #readsChecked = 0;

  constructor(history: NetworkHistory) {
    this.#history = history;
  }

  get height(): number {
    return this.#chain.length;
  }

  /** A block that the nodes agree on. */
  block(height: number): SeenBlock {
    return this.#chain[height - 1]!;
  }

  /** Has a node compared from the first block on again: it may have lost what it had. */
  forget(node: NetworkNode): void {
    this.#compared.delete(node);
  }

  /**
   * Compares what came since the last time.
   *
   * @throws Error that says what does not hold.
   */
  async check(nodes: readonly NetworkNode[]): Promise<CheckedNetwork> {
    for (const node of nodes) await this.#compare(node);
    for (const node of nodes) await this.#compareState(node);
    this.#checkAcknowledged();
    this.#checkReads();
    const { acknowledged, reads, lies } = this.#history;
    if (lies.length > 0) throw new Error(`lies of honest nodes: ${JSON.stringify(lies[0])}`);
    return {
      height: this.height,
      applied: this.#places.size,
      acknowledged: acknowledged.size,
      reads: reads.length,
    };
  }

  async #compare(node: NetworkNode): Promise<void> {
    const { height, oldest } = await node.ask('state', null);
    let from = Math.max((this.#compared.get(node) ?? 0) + 1, oldest);
    while (from <= height) {
      const to = Math.min(height, from + BLOCKS_PER_QUESTION - 1);
      for (const block of await node.ask('blocks', { from, to })) this.#add(block, node);
      this.#compared.set(node, to);
      from = to + 1;
    }
  }

  #add(block: SeenBlock, { name }: NetworkNode): void {
    const known = this.#chain[block.height - 1];
    if (known === undefined) {
      if (block.height !== this.#chain.length + 1) throw new Error('a height is left out');
      this.#chain.push(block);
      this.#apply(block);
      return;
    }
    if (JSON.stringify(known) === JSON.stringify(block)) return;
    throw new Error(`${name} has another block ${block.height}: ${JSON.stringify([known, block])}`);
  }

  #apply({ height, transactions }: SeenBlock): void {
    for (const [id, code] of transactions) {
      if (code !== 0) continue;
      const before = this.#places.get(id);
      if (before !== undefined) throw new Error(`${id} is applied at ${before} and ${height}`);
      this.#places.set(id, height);
      const key = this.#history.sent.get(id);
      if (key !== undefined) this.#written.set(key, height);
    }
  }

  /** The state that a node has now is what the next header names, whichever node has that. */
  async #compareState(node: NetworkNode): Promise<void> {
    const { executed, appHash } = await node.ask('state', null);
    const next = this.#chain[executed];
    if (next === undefined || next.appHash === appHash) return;
    throw new Error(`${node.name} has another state after ${executed}`);
  }

  #checkAcknowledged(): void {
    for (const [id, height] of this.#history.acknowledged) {
      if (height > this.height) continue;
      const place = this.#places.get(id);
      if (place === height) continue;
      const found = place === undefined ? 'nowhere' : `at ${place}`;
      throw new Error(`${id} was acknowledged at ${height} and stands ${found}`);
    }
  }

  #checkReads(): void {
    const { reads } = this.#history;
    for (; this.#readsChecked < reads.length; this.#readsChecked++) {
      const { node, height, hash, key, isThere } = reads[this.#readsChecked]!;
      const block = this.#chain[height - 1];
      if (block === undefined) return;
      const written = this.#written.get(key);
      const isCommitted = written !== undefined && written < height;
      if (block.hash === hash && isCommitted === isThere) continue;
      const told = isThere ? 'a value' : 'no value';
      throw new Error(`${node} proved ${told} of ${key} at ${height}, written at ${written}`);
    }
  }

  /** Fails where something that was told is above every chain: call it once all has settled. */
  checkSettled(): void {
    const { acknowledged, reads } = this.#history;
    const highest = Math.max(0, ...acknowledged.values());
    if (highest > this.height) throw new Error(`acknowledged at ${highest}, and no node has it`);
    if (this.#readsChecked < reads.length) throw new Error('read from a block that no node has');
  }
}
