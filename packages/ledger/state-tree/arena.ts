import { IntList } from './int-list.ts';

/** Records of one chunk, as a power of two. */
export const CHUNK_SHIFT = 13;
export const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
/** Records are named by 30 bits; memory ends long before. */
const RECORDS_MAX = 2 ** 30 - 1;

/**
 * Records of a fixed number of 32-bit words in chunks that never move, with the freed ones used
 * again. Record 0 is never given out, so that 0 can mean "none".
 *
 * A record may stand in several columns: words that are looked at together then lie close together
 * in memory, and those that are not do not fill the processor's cache.
 */
export class Arena {
  /** Chunks of each column. */
  readonly columns: readonly Int32Array[][];
  readonly #words: readonly number[];
  readonly #free = new IntList();
  #next = 1;

  /** @param words Of a record in each of its columns. */
  constructor(...words: readonly number[]) {
    this.#words = words;
    this.columns = words.map(() => []);
  }

  /** Records that are in use. */
  get count(): number {
    return this.#next - 1 - this.#free.length;
  }

  /** Behind the last record that was ever given out. */
  get end(): number {
    return this.#next;
  }

  /** All memory that is held, used or not. */
  get sizeBytes(): number {
    const recordBytes = this.#words.reduce((sum, words) => sum + words * 4, 0);
    return this.columns[0]!.length * (recordBytes << CHUNK_SHIFT) + this.#free.items.byteLength;
  }

  /** A record whose words still hold what was in them before. */
  allocate(): number {
    if (this.#free.length > 0) return this.#free.pop();
    const record = this.#next;
    if (record >= RECORDS_MAX) throw new Error('the state tree is full');
    if (record >>> CHUNK_SHIFT === this.columns[0]!.length) this.#grow();
    this.#next++;
    return record;
  }

  #grow(): void {
    for (const [i, words] of this.#words.entries()) {
      this.columns[i]!.push(new Int32Array(words << CHUNK_SHIFT));
    }
  }

  release(record: number): void {
    this.#free.push(record);
  }

  releaseAll(records: Int32Array, count = records.length): void {
    for (let i = 0; i < count; i++) this.#free.push(records[i]!);
  }
}
