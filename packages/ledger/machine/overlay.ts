import { orderOfHashes } from '../state-tree/hash-order.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { WriteBatch } from '../state-tree/write-batch.ts';

const FIRST_ENTRIES = 256;

/**
 * What a block has written so far, over the state before it. A transaction that is refused takes
 * its writes back; the block's last word on each key becomes a batch for the tree.
 */
export class Overlay {
  readonly #keys: Uint8Array[] = [];
  readonly #values: Uint8Array[] = [];
  #hashes = new Int32Array(FIRST_ENTRIES * HASH_WORDS);
  /** Open addressing: entry + 1 at the slots of its key's hash, 0 where free. */
  #slots = new Int32Array(FIRST_ENTRIES * 2);
  /** Entries in the order of their writes, each with the value before; null: there was none. */
  readonly #journalEntries: number[] = [];
  readonly #journalValues: (Uint8Array | null)[] = [];

  /** Keys that are written. */
  get count(): number {
    return this.#keys.length;
  }

  /** Value of the key whose hash is given; undefined where the block has not written it. */
  get(hash: Int32Array): Uint8Array | undefined {
    const entry = this.#slots[this.#slotOf(hash, 0)]! - 1;
    return entry < 0 ? undefined : this.#values[entry];
  }

  /**
   * @param value Is kept, not copied.
   * @returns The key's entry: see {@link Writes.entries}.
   */
  put(hash: Int32Array, key: Uint8Array, value: Uint8Array): number {
    const slot = this.#slotOf(hash, 0);
    const entry = this.#slots[slot]! - 1;
    if (entry >= 0) {
      this.#journalEntries.push(entry);
      this.#journalValues.push(this.#values[entry]!);
      this.#values[entry] = value;
      return entry;
    }
    const added = this.#keys.length;
    this.#slots[slot] = added + 1;
    this.#keys.push(key);
    this.#values.push(value);
    if ((added + 1) * HASH_WORDS > this.#hashes.length) this.#growHashes();
    this.#hashes.set(hash, added * HASH_WORDS);
    this.#journalEntries.push(added);
    this.#journalValues.push(null);
    if (this.#keys.length * 2 > this.#slots.length) this.#growSlots();
    return added;
  }

  /** Slot of a key: its own, or the free one where it would go. */
  #slotOf(hashes: Int32Array, from: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashes[from]! & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0 || this.#isHash(entry, hashes, from)) return slot;
    }
  }

  #isHash(entry: number, hashes: Int32Array, from: number): boolean {
    const at = entry * HASH_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) {
      if (this.#hashes[at + i] !== hashes[from + i]) return false;
    }
    return true;
  }

  #growHashes(): void {
    const larger = new Int32Array(this.#hashes.length * 2);
    larger.set(this.#hashes);
    this.#hashes = larger;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#keys.length; entry++) {
      this.#slots[this.#slotOf(this.#hashes, entry * HASH_WORDS)] = entry + 1;
    }
  }

  /** A point to come {@link rollback back} to. */
  mark(): number {
    return this.#journalEntries.length;
  }

  /** Takes back every write since the mark, the last first. */
  rollback(mark: number): void {
    while (this.#journalEntries.length > mark) {
      const entry = this.#journalEntries.pop()!;
      const before = this.#journalValues.pop()!;
      if (before !== null) {
        this.#values[entry] = before;
        continue;
      }
      // The last entry of all: no other key was put behind it in the slots since.
      this.#slots[this.#slotOf(this.#hashes, entry * HASH_WORDS)] = 0;
      this.#keys.pop();
      this.#values.pop();
    }
  }

  clear(): void {
    this.#keys.length = 0;
    this.#values.length = 0;
    this.#journalEntries.length = 0;
    this.#journalValues.length = 0;
    this.#slots.fill(0);
  }

  /** Everything that is written, sorted for the tree. */
  toWrites(): Writes {
    const hashes = this.#hashes;
    const order = orderOfHashes(hashes, this.count);
    const batch = new WriteBatch(order.length);
    const keys: Uint8Array[] = [];
    const values: Uint8Array[] = [];
    for (let i = 0; i < order.length; i++) {
      const entry = order[i]!;
      const value = this.#values[entry]!;
      batch.put(i, hashes, entry * HASH_WORDS, value);
      keys.push(this.#keys[entry]!);
      values.push(value);
    }
    return { batch, keys, values, entries: order };
  }
}

/** Writes of a block in the order of the hashes of their keys. */
export interface Writes {
  readonly batch: WriteBatch;
  readonly keys: readonly Uint8Array[];
  readonly values: readonly Uint8Array[];
  /** The overlay's entry of each write. */
  readonly entries: Int32Array;
}
