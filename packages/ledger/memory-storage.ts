import type { Storage } from './ports.ts';

const SEGMENT_BYTES = 1024 * 1024;

/** A {@link Storage} that lives as long as its process: for tests, benches and simulations. */
export class MemoryStorage implements Storage {
  readonly #segments = new Map<number, Uint8Array>();
  #start = 0;
  #size = 0;

  get start(): number {
    return this.#start;
  }

  get size(): number {
    return this.#size;
  }

  get durableSize(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): number {
    const position = this.#size;
    let done = 0;
    while (done < bytes.length) {
      const at = position + done;
      const offset = at % SEGMENT_BYTES;
      const length = Math.min(SEGMENT_BYTES - offset, bytes.length - done);
      this.#segment(at).set(bytes.subarray(done, done + length), offset);
      done += length;
    }
    this.#size = position + bytes.length;
    return position;
  }

  #segment(position: number): Uint8Array {
    const index = Math.floor(position / SEGMENT_BYTES);
    let segment = this.#segments.get(index);
    if (segment === undefined) {
      segment = new Uint8Array(SEGMENT_BYTES);
      this.#segments.set(index, segment);
    }
    return segment;
  }

  read(position: number, length: number): Uint8Array {
    if (position < this.#start || length < 0 || position + length > this.#size) {
      throw new Error('a read outside of what the storage keeps');
    }
    const offset = position % SEGMENT_BYTES;
    if (offset + length <= SEGMENT_BYTES) {
      return this.#segment(position).subarray(offset, offset + length);
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const from = (position + done) % SEGMENT_BYTES;
      const piece = this.#segment(position + done).subarray(from, from + length - done);
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  truncate(size: number): void {
    if (size < this.#start || size > this.#size) throw new Error('a cut outside of the storage');
    const last = Math.floor((size - 1) / SEGMENT_BYTES);
    for (const index of this.#segments.keys()) if (index > last) this.#segments.delete(index);
    this.#size = size;
  }

  dropBefore(position: number): void {
    if (position < this.#start || position > this.#size) {
      throw new Error('a cut outside of the storage');
    }
    const first = Math.floor(position / SEGMENT_BYTES);
    for (const index of this.#segments.keys()) if (index < first) this.#segments.delete(index);
    this.#start = position;
  }
}
