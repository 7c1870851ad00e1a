import type { TransactionId } from '@ward/protocol';

/** Words of a place: 128 bits of the id, then the place of the transaction. */
const PLACE_WORDS = 6;
const ID_WORDS = 4;
const ORDINAL = 4;
const INDEX = 5;
const FIRST_PLACES = 64;

/**
 * Ids of transactions with where they stand, in one open-addressing table: about 40 bytes an id and
 * nothing for the collector. 128 bits of an id are kept; making two that agree in them takes 2^64
 * hashes and harms nobody but their maker.
 */
export class IdTable {
  #places = new Int32Array(FIRST_PLACES * PLACE_WORDS);
  #capacity = FIRST_PLACES;
  #count = 0;
  readonly #words = new Int32Array(ID_WORDS);

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#places.byteLength;
  }

  has(id: TransactionId): boolean {
    return this.#places[this.#find(id) + ORDINAL] !== 0;
  }

  /** What was given to {@link add}; undefined for an id that is not in the table. */
  get(id: TransactionId): { readonly ordinal: number; readonly index: number } | undefined {
    const at = this.#find(id);
    const ordinal = this.#places[at + ORDINAL]!;
    return ordinal === 0 ? undefined : { ordinal, index: this.#places[at + INDEX]! };
  }

  /** @param ordinal At least 1. */
  add(id: TransactionId, ordinal: number, index: number): void {
    if ((this.#count + 1) * 4 > this.#capacity * 3) this.#grow();
    const at = this.#find(id);
    if (this.#places[at + ORDINAL] !== 0) throw new Error('an id is added twice');
    this.#places.set(this.#words, at);
    this.#places[at + ORDINAL] = ordinal;
    this.#places[at + INDEX] = index;
    this.#count++;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#places.fill(0);
    this.#count = 0;
  }

  #find(id: TransactionId): number {
    const words = this.#words;
    for (let i = 0; i < ID_WORDS; i++) {
      const at = 4 * i;
      words[i] = id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24);
    }
    return this.#findWords(words, 0);
  }

  /** Where an id stands, or the free place where it would go. */
  #findWords(words: Int32Array, from: number): number {
    const places = this.#places;
    const mask = this.#capacity - 1;
    for (let place = words[from]! & mask; ; place = (place + 1) & mask) {
      const at = place * PLACE_WORDS;
      if (places[at + ORDINAL] === 0) return at;
      let i = 0;
      while (i < ID_WORDS && places[at + i] === words[from + i]) i++;
      if (i === ID_WORDS) return at;
    }
  }

  #grow(): void {
    const old = this.#places;
    this.#capacity *= 2;
    this.#places = new Int32Array(this.#capacity * PLACE_WORDS);
    for (let at = 0; at < old.length; at += PLACE_WORDS) {
      if (old[at + ORDINAL] === 0) continue;
      this.#places.set(old.subarray(at, at + PLACE_WORDS), this.#findWords(old, at));
    }
  }
}
