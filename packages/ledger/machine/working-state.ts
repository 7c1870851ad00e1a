import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import { Overlay } from './overlay.ts';

/** The state as the last committed block left it, by the hash of a key. */
export interface CommittedState {
  has(keyHash: Int32Array): boolean;
  read(keyHash: Int32Array): Uint8Array | null;
}

/** The state that the transactions of a block see: what was committed, and what they wrote. */
export class WorkingState {
  readonly overlay = new Overlay();
  readonly #committed: CommittedState;
  readonly #hash = new Int32Array(HASH_WORDS);

  constructor(committed: CommittedState) {
    this.#committed = committed;
  }

  get(key: Uint8Array): Uint8Array | null {
    sha256Words(key, this.#hash, 0);
    return this.overlay.get(this.#hash) ?? this.#committed.read(this.#hash);
  }

  has(key: Uint8Array): boolean {
    sha256Words(key, this.#hash, 0);
    return this.overlay.get(this.#hash) !== undefined || this.#committed.has(this.#hash);
  }

  /** What stood at a key before, and what the block has written there; undefined: it has not. */
  change(key: Uint8Array): { before: Uint8Array | null; after: Uint8Array } | undefined {
    sha256Words(key, this.#hash, 0);
    const after = this.overlay.get(this.#hash);
    return after && { before: this.#committed.read(this.#hash), after };
  }

  put(key: Uint8Array, value: Uint8Array): void {
    sha256Words(key, this.#hash, 0);
    this.overlay.put(this.#hash, key, value);
  }

  /** @returns False, with nothing written, where the key has a value already. */
  add(key: Uint8Array, value: Uint8Array): boolean {
    if (this.has(key)) return false;
    this.overlay.put(this.#hash, key, value);
    return true;
  }
}
