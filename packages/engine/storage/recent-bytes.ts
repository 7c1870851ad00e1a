/**
 * The newest bytes of the storage, in chunks that stand at fixed positions. They are never written
 * twice, so views of them can be handed to readers and to the disk.
 */
export class RecentBytes {
  readonly chunkBytes: number;
  readonly #chunks = new Map<number, Uint8Array>();
  #start: number;
  #end: number;

  constructor(position: number, chunkBytes: number) {
    this.#start = position;
    this.#end = position;
    this.chunkBytes = chunkBytes;
  }

  /** First position that is kept here. */
  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const chunk = this.#chunkAt(this.#end);
      const offset = this.#end % this.chunkBytes;
      const piece = bytes.subarray(done, done + this.chunkBytes - offset);
      chunk.set(piece, offset);
      done += piece.length;
      this.#end += piece.length;
    }
  }

  #chunkAt(position: number): Uint8Array {
    const index = Math.floor(position / this.chunkBytes);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(this.chunkBytes);
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  /** Views of the bytes from one position up to another; both are within what is kept. */
  views(from: number, to: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const offset = at % this.chunkBytes;
      const view = this.#chunkAt(at).subarray(offset, Math.min(this.chunkBytes, offset + to - at));
      views.push(view);
      at += view.length;
    }
    return views;
  }

  /** Forgets everything and goes on from a position. */
  reset(position: number): void {
    this.#chunks.clear();
    this.#start = position;
    this.#end = position;
  }

  /** Lets go of whole chunks before a position. */
  forgetBefore(position: number): void {
    const first = Math.floor(position / this.chunkBytes);
    for (const index of this.#chunks.keys()) {
      if (index >= first) break;
      this.#chunks.delete(index);
    }
    this.#start = Math.max(this.#start, first * this.chunkBytes);
  }
}
