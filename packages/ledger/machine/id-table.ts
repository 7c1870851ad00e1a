import type { TransactionId } from '@ward/protocol';

const ID_WORDS = 4;
/** Behind the tag: the rest of the 128 bits of an id, then where the transaction stands. */
const REST_WORDS = 5;
const ORDINAL = 3;
const INDEX = 4;
const FIRST_PLACES = 64;

/**
 * Ids of transactions with where they stand, in one open-addressing table: 32 to 64 bytes an id and
 * nothing for the collector. 128 bits of an id are kept; making two that agree in them takes 2^64
 * hashes and harms nobody but their maker.
 */
export class IdTable {
  /** First word of each id, never 0; 0 where a place is free. All that a miss has to look at. */
  #tags = new Int32Array(FIRST_PLACES);
  #rests = new Int32Array(FIRST_PLACES * REST_WORDS);
  #count = 0;
  readonly #words = new Int32Array(ID_WORDS);

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#tags.byteLength + this.#rests.byteLength;
  }

  has(id: TransactionId): boolean {
    return this.#tags[this.#find(id)] !== 0;
  }

  /** What was given to {@link add}; undefined for an id that is not in the table. */
  get(id: TransactionId): { readonly ordinal: number; readonly index: number } | undefined {
    const place = this.#find(id);
    if (this.#tags[place] === 0) return undefined;
    const at = place * REST_WORDS;
    return { ordinal: this.#rests[at + ORDINAL]!, index: this.#rests[at + INDEX]! };
  }

  add(id: TransactionId, ordinal: number, index: number): void {
    if ((this.#count + 1) * 4 > this.#tags.length * 3) this.#grow();
    const place = this.#find(id);
    if (this.#tags[place] !== 0) throw new Error('an id is added twice');
    this.#tags[place] = this.#words[0]!;
    const at = place * REST_WORDS;
    for (let i = 1; i < ID_WORDS; i++) this.#rests[at + i - 1] = this.#words[i]!;
    this.#rests[at + ORDINAL] = ordinal;
    this.#rests[at + INDEX] = index;
    this.#count++;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#tags.fill(0);
    this.#count = 0;
  }

  /** Place of an id, or the free one where it would go; its words are left in `#words`. */
  #find(id: TransactionId): number {
    const words = this.#words;
    for (let i = 0; i < ID_WORDS; i++) {
      const at = 4 * i;
      words[i] = id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24);
    }
    if (words[0] === 0) words[0] = 1;
    const tag = words[0]!;
    const mask = this.#tags.length - 1;
    for (let place = tag & mask; ; place = (place + 1) & mask) {
      const found = this.#tags[place]!;
      if (found === 0 || (found === tag && this.#hasRest(place))) return place;
    }
  }

  #hasRest(place: number): boolean {
    const at = place * REST_WORDS;
    for (let i = 1; i < ID_WORDS; i++) {
      if (this.#rests[at + i - 1] !== this.#words[i]) return false;
    }
    return true;
  }

  #grow(): void {
    const tags = this.#tags;
    const rests = this.#rests;
    const mask = tags.length * 2 - 1;
    this.#tags = new Int32Array(tags.length * 2);
    this.#rests = new Int32Array(rests.length * 2);
    for (let old = 0; old < tags.length; old++) {
      if (tags[old] === 0) continue;
      let place = tags[old]! & mask;
      while (this.#tags[place] !== 0) place = (place + 1) & mask;
      this.#tags[place] = tags[old]!;
      for (let i = 0; i < REST_WORDS; i++) {
        this.#rests[place * REST_WORDS + i] = rests[old * REST_WORDS + i]!;
      }
    }
  }
}
