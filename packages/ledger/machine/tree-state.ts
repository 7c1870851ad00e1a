import { splitRecord } from '../log/block-frame.ts';
import type { BlockLog } from '../log/block-log.ts';
import { refuse } from '../log/errors.ts';
import { EMPTY, HASH_WORDS, type NodeRef } from '../state-tree/nodes.ts';
import { leafWords, sha256Words } from '../state-tree/sha256.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import type { CommittedState } from './working-state.ts';

/** A raw key of the state and its value. */
export interface StateEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Values of the tree's leaves, read from the log. */
export class TreeState implements CommittedState {
  readonly #tree: StateTree;
  readonly #log: BlockLog;
  readonly #keyHash = new Int32Array(HASH_WORDS);
  readonly #leafHash = new Int32Array(HASH_WORDS);
  readonly #madeHash = new Int32Array(HASH_WORDS);

  constructor(tree: StateTree, log: BlockLog) {
    this.#tree = tree;
    this.#log = log;
  }

  has(keyHash: Int32Array): boolean {
    return this.#tree.has(keyHash);
  }

  read(keyHash: Int32Array): Uint8Array | null {
    const leaf = this.#tree.find(this.#tree.root, keyHash);
    return leaf === EMPTY ? null : this.valueOf(leaf);
  }

  /** @throws WardError `LOG_CORRUPT`. */
  valueOf(leaf: NodeRef): Uint8Array {
    return this.#recordOf(leaf).value;
  }

  /**
   * Raw key and value of a leaf.
   *
   * @throws WardError `LOG_CORRUPT`.
   */
  entryOf(leaf: NodeRef): StateEntry {
    const entry = this.#recordOf(leaf);
    sha256Words(entry.key, this.#madeHash, 0);
    if (!this.#tree.nodes.hasKeyHash(leaf, this.#madeHash, 0)) throw this.#corrupt(leaf);
    return entry;
  }

  /**
   * The value is compared with the leaf's hash, so that what rotted on disk is never taken for
   * state; the key is not: who looks for one has it.
   */
  #recordOf(leaf: NodeRef): StateEntry {
    const { nodes } = this.#tree;
    const record = splitRecord(this.#log.readRecord(nodes.place(leaf)));
    if (record === undefined) throw this.#corrupt(leaf);
    nodes.copyKeyHash(leaf, this.#keyHash, 0);
    nodes.copyHash(leaf, this.#leafHash, 0);
    leafWords(this.#keyHash, 0, record.value, this.#madeHash, 0);
    for (let i = 0; i < HASH_WORDS; i++) {
      if (this.#madeHash[i] !== this.#leafHash[i]) throw this.#corrupt(leaf);
    }
    return record;
  }

  #corrupt(leaf: NodeRef): Error {
    return refuse('LOG_CORRUPT', { position: this.#tree.nodes.place(leaf).position });
  }
}
