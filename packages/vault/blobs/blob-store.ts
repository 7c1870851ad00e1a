/** Name of a blob within its store: 32 hexadecimal digits, chosen at random by who puts it. */
export type BlobId = string;

/** Bytes of a blob, from a place on. */
export interface BlobRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where bytes are kept, without any meaning. What an implementation must keep:
 *
 * - `put` is all or nothing, also when the machine dies: a blob that is listed is whole.
 * - When `put`, `erase` or `delete` resolve, what they did is durable.
 * - Blobs do not change but by `erase`.
 *
 * All of them throw WardError `STORE_FULL`, `STORE_FAILED` where the disk refuses.
 */
export interface BlobStore {
  /** @returns The bytes that were stored. */
  put(id: BlobId, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>;
  /** The bytes of a range, as they are; fewer, or undefined, where the store lost some. */
  read(id: BlobId, range: BlobRange): Promise<Uint8Array | undefined>;
  /** The same, piece by piece. It ends early where the store lost some. */
  stream(id: BlobId, range: BlobRange): AsyncIterable<Uint8Array>;
  /** Writes zeros over a range; a blob that is not there any more is erased already. */
  erase(id: BlobId, range: BlobRange): Promise<void>;
  /** Deletes a blob, if it is there. */
  delete(id: BlobId): Promise<void>;
  list(): AsyncIterable<BlobId>;
  /** Room that is left; Infinity where there is no bound. */
  freeBytes(): Promise<number>;
}
