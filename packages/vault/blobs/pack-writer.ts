import { type Random, toHex } from '@ward/protocol';
import type { BlobId, BlobStore } from './blob-store.ts';

/** Where an object's bytes stand. */
export interface BlobPlace {
  readonly blob: BlobId;
  readonly offset: number;
  readonly size: number;
}

/** A new blob id. */
export function newBlobId(random: Random): BlobId {
  return toHex(random.bytes(16));
}

interface Waiting {
  readonly objects: readonly Uint8Array[];
  resolve(places: BlobPlace[]): void;
  reject(error: unknown): void;
}

/** Bytes after which a pack takes no further request. */
const PACK_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Writes small objects one behind the other into packs, each a blob: what comes while a pack is
 * written goes into the next one, so that many objects cost one sync.
 */
export class PackWriter {
  readonly #blobs: BlobStore;
  readonly #random: Random;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(blobs: BlobStore, random: Random) {
    this.#blobs = blobs;
    this.#random = random;
  }

  /** Stores objects durably, all of them in one pack. */
  write(objects: readonly Uint8Array[]): Promise<BlobPlace[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ objects, resolve, reject });
      if (!this.#isWriting) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writePack(this.#takeWaiting());
    this.#isWriting = false;
  }

  #takeWaiting(): Waiting[] {
    const taken: Waiting[] = [];
    let bytes = 0;
    while (this.#waiting.length > 0 && bytes < PACK_BYTES_MAX) {
      const next = this.#waiting.shift()!;
      taken.push(next);
      for (const object of next.objects) bytes += object.length;
    }
    return taken;
  }

  async #writePack(requests: readonly Waiting[]): Promise<void> {
    const blob = newBlobId(this.#random);
    try {
      await this.#blobs.put(
        blob,
        requests.flatMap(({ objects }) => objects),
      );
    } catch (error) {
      for (const { reject } of requests) reject(error);
      return;
    }
    let offset = 0;
    for (const { objects, resolve } of requests) {
      const places: BlobPlace[] = [];
      for (const { length: size } of objects) {
        places.push({ blob, offset, size });
        offset += size;
      }
      resolve(places);
    }
  }
}
