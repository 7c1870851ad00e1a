import { concatBytes } from '@ward/protocol';
import type { BlobId, BlobRange, BlobStore } from './blob-store.ts';

/** Blobs in memory, for as long as the process lasts. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<BlobId, Uint8Array>();

  async put(id: BlobId, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk.slice());
    const bytes = concatBytes(...parts);
    this.#blobs.set(id, bytes);
    return bytes.length;
  }

  async read(id: BlobId, { offset, length }: BlobRange) {
    return this.#blobs.get(id)?.slice(offset, offset + length);
  }

  async *stream(id: BlobId, range: BlobRange) {
    const bytes = await this.read(id, range);
    if (bytes !== undefined) yield bytes;
  }

  async erase(id: BlobId, { offset, length }: BlobRange) {
    this.#blobs.get(id)?.fill(0, offset, offset + length);
  }

  async delete(id: BlobId) {
    this.#blobs.delete(id);
  }

  async *list() {
    yield* [...this.#blobs.keys()];
  }

  async freeBytes() {
    return Number.POSITIVE_INFINITY;
  }
}
