import { equalBytes } from '@ward/protocol';

/**
 * A map from short byte strings, for the few records that nearly every transaction reads. It is
 * emptied when it is full.
 */
export class ByteMap<V> {
  readonly #entriesMax: number;
  /** Both are empty until something is put into the map. */
  #keys: (Uint8Array | undefined)[] = [];
  #values: (V | undefined)[] = [];
  #count = 0;

  /** @param entriesMax A power of two. */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: Uint8Array): V | undefined {
    if (this.#count === 0) return undefined;
    return this.#values[this.#slotOf(key)];
  }

  set(key: Uint8Array, value: V): void {
    if (this.#count === 0) {
      this.#keys = new Array(this.#entriesMax * 2);
      this.#values = new Array(this.#entriesMax * 2);
    }
    const slot = this.#slotOf(key);
    if (this.#keys[slot] === undefined) {
      if (this.#count === this.#entriesMax) {
        this.clear();
        this.set(key, value);
        return;
      }
      // A copy: the key may be a view of something large.
      this.#keys[slot] = key.slice();
      this.#count++;
    }
    this.#values[slot] = value;
  }

  clear(): void {
    this.#keys = [];
    this.#values = [];
    this.#count = 0;
  }

  #slotOf(key: Uint8Array): number {
    const mask = this.#keys.length - 1;
    for (let slot = mix(key) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#keys[slot];
      if (found === undefined || equalBytes(found, key)) return slot;
    }
  }
}

/** FNV-1a. */
function mix(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
