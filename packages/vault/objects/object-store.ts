import { objectNameStream } from '@ward/charts';
import {
  type ChartId,
  type Digest,
  type Random,
  type Realm,
  type Seconds,
  toHex,
} from '@ward/protocol';
import { type DurableDatabase, refuseServer } from '@ward/server';
import type { BlobStore } from '../blobs/blob-store.ts';
import { type BlobPlace, newBlobId, PackWriter } from '../blobs/pack-writer.ts';
import { refuse } from '../errors.ts';
import type { VaultLimits } from '../limits.ts';
import { type NamedObject, placeOfBody, refuseErasedBody, StoredBodies } from './named-object.ts';
import { type ObjectIndex, type StoredObject, WHOLE_OBJECT } from './object-index.ts';
import { type Holder, holderKey, type Quotas } from './quotas.ts';

export interface ObjectStoreOptions {
  readonly blobs: BlobStore;
  readonly index: DurableDatabase;
  readonly objects: ObjectIndex;
  readonly quotas: Quotas;
  readonly limits: VaultLimits;
  readonly random: Random;
  readonly realm: Realm;
}

export interface Putting {
  readonly chart: ChartId;
  readonly holder: Holder;
  readonly now: Seconds;
}

const READS_AT_ONCE = 16;
/** How many bytes of a stream are set aside at once, beyond what was announced. */
const RESERVED_BYTES = 16 * 1024 * 1024;

/**
 * Objects by chart and name. Each chart has its own: what one owner deletes, another keeps. An
 * object's name was computed from its bytes before it comes here.
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #index: DurableDatabase;
  readonly #objects: ObjectIndex;
  readonly #quotas: Quotas;
  readonly #packs: PackWriter;

  constructor(options: ObjectStoreOptions) {
    const { index, objects, quotas, blobs, random } = options;
    this.#options = options;
    this.#index = index;
    this.#objects = objects;
    this.#quotas = quotas;
    this.#packs = new PackWriter(blobs, random);
  }

  /** Objects and bytes in all. */
  totals(): { readonly bytes: number; readonly objects: number } {
    return this.#objects.totals();
  }

  /**
   * Stores objects durably, all or none; those that are there already stay as they are.
   *
   * @throws WardError `OBJECT_ERASED`, `QUOTA_EXCEEDED`, `STORE_FULL`.
   */
  async put(objects: readonly NamedObject[], putting: Putting): Promise<void> {
    const { chart, holder } = putting;
    const fresh = this.#freshOnes(objects, chart);
    if (fresh.length === 0) return;
    const bytes = fresh.reduce((sum, object) => sum + object.bytes.length, 0);
    await this.#checkRoom(bytes);
    const giveBack = this.#quotas.reserve(holder, chart, bytes);
    try {
      const places = await this.#packs.write(fresh.map((object) => object.bytes));
      await this.#enter(
        fresh.map((object, i) => ({ ...object, ...places[i]! })),
        putting,
      );
    } finally {
      giveBack();
    }
  }

  /** Those that are not stored yet, or are damaged, each once. */
  #freshOnes(objects: readonly NamedObject[], chart: ChartId): NamedObject[] {
    const fresh = new Map<string, NamedObject>();
    for (const object of objects) {
      this.#checkNotErased(chart, object.name);
      const stored = this.#objects.find(chart, object.name);
      if (stored === undefined) fresh.set(toHex(object.name), object);
      else if (stored.isDamaged) fresh.set(toHex(object.name), this.#withoutPunched(object, chart));
    }
    return [...fresh.values()];
  }

  /** An object that mends a damaged one must not bring back the bodies that were punched out. */
  #withoutPunched(object: NamedObject, chart: ChartId): NamedObject {
    if (object.bodies === null) return object;
    const bodies = StoredBodies.decode(object.bodies);
    const bytes = object.bytes.slice();
    for (const index of this.#objects.punchedBodies(chart, object.name)) {
      const { offset, size } = placeOfBody(bodies, index);
      bytes.fill(0, offset, offset + size);
    }
    return { ...object, bytes };
  }

  #checkNotErased(chart: ChartId, name: Digest): void {
    if (this.#objects.deletion(chart, name, WHOLE_OBJECT)) throw refuse('OBJECT_ERASED');
  }

  async #checkRoom(bytes: number): Promise<void> {
    const free = await this.#options.blobs.freeBytes();
    if (free - bytes < this.#options.limits.freeBytesMin) throw refuseServer('STORE_FULL');
  }

  /** Writes rows for bytes that are durable; from here on they are found. */
  #enter(
    objects: readonly (Pick<NamedObject, 'kind' | 'name' | 'bodies'> & BlobPlace)[],
    { chart, holder, now }: Putting,
  ): Promise<void> {
    const key = holderKey(holder);
    return this.#index.write(() => {
      for (const object of objects) {
        // Deleted while its bytes were on their way.
        this.#checkNotErased(chart, object.name);
        const isNew = this.#objects.put({ ...object, chart, holder: key }, now);
        if (isNew) this.#quotas.count(key, chart, { bytes: object.size, objects: 1 });
      }
    });
  }

  /**
   * Stores one object as it streams in, in bounded memory.
   *
   * @returns Its name, from its bytes.
   * @throws WardError `OBJECT_ERASED`, `OBJECT_INVALID` for no bytes, `QUOTA_EXCEEDED`,
   * `STORE_FULL`, and what the stream throws; nothing is kept then.
   */
  async upload(
    chunks: AsyncIterable<Uint8Array>,
    { announcedBytes = 0, ...putting }: Putting & { announcedBytes: number | undefined },
  ): Promise<Digest> {
    const { blobs, random, realm } = this.#options;
    await this.#checkRoom(announcedBytes);
    const blob = newBlobId(random);
    const name = objectNameStream(realm.crypto);
    const reserved: (() => void)[] = [];
    try {
      const reserve = (bytes: number) =>
        reserved.push(this.#quotas.reserve(putting.holder, putting.chart, bytes));
      const steps = { announcedBytes, reserve };
      const size = await blobs.put(blob, metered(chunks, name, steps));
      if (size === 0) throw refuse('OBJECT_INVALID', { position: 0 });
      const digest = name.digest();
      const entry = { kind: 'object', name: digest, bodies: null, blob, offset: 0, size } as const;
      await this.#enter([entry], putting);
      if (this.#objects.find(putting.chart, digest)?.blob !== blob) await blobs.delete(blob);
      return digest;
    } catch (error) {
      await blobs.delete(blob);
      throw error;
    } finally {
      for (const giveBack of reserved) giveBack();
    }
  }

  /** The best copy of an object. @throws WardError `OBJECT_UNKNOWN`, `OBJECT_DAMAGED`. */
  find(name: Digest): StoredObject {
    const [best] = this.#objects.findAll(name);
    if (best === undefined) throw refuse('OBJECT_UNKNOWN');
    if (best.isDamaged) throw refuse('OBJECT_DAMAGED');
    return best;
  }

  /**
   * The bytes of an object: as a whole where it is small, piece by piece where it is not.
   *
   * @throws WardError `OBJECT_UNKNOWN`, `OBJECT_DAMAGED`.
   */
  async open(name: Digest): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    const object = this.find(name);
    const range = { offset: object.offset, length: object.size };
    if (object.size > this.#options.limits.wholeBytesMax) {
      return this.#whole(object.blob, range);
    }
    return this.#read(object.blob, range);
  }

  /** A stream that fails where the store lost bytes, instead of ending as if it were whole. */
  async *#whole(blob: string, range: { offset: number; length: number }) {
    let left = range.length;
    for await (const piece of this.#options.blobs.stream(blob, range)) {
      left -= piece.length;
      yield piece;
    }
    if (left > 0) throw refuse('OBJECT_DAMAGED');
  }

  async #read(blob: string, range: { offset: number; length: number }): Promise<Uint8Array> {
    const bytes = await this.#options.blobs.read(blob, range);
    if (bytes === undefined) throw refuse('OBJECT_DAMAGED');
    return bytes;
  }

  /**
   * One body of a packed object.
   *
   * @throws WardError `OBJECT_UNKNOWN`, `OBJECT_DAMAGED`, `BODY_UNKNOWN`, `RECORD_ERASED`.
   */
  async openBody(name: Digest, index: number): Promise<Uint8Array> {
    const copies = this.#objects.findAll(name);
    if (copies.length === 0) throw refuse('OBJECT_UNKNOWN');
    for (const copy of copies) {
      if (copy.isDamaged || copy.bodies === null) continue;
      const { offset, size } = placeOfBody(StoredBodies.decode(copy.bodies), index);
      if (this.#objects.deletion(copy.chart, name, index) !== undefined) continue;
      return this.#read(copy.blob, { offset: copy.offset + offset, length: size });
    }
    if (copies.every(({ bodies }) => bodies === null)) throw refuse('BODY_UNKNOWN');
    throw copies.every(({ isDamaged }) => isDamaged)
      ? refuse('OBJECT_DAMAGED')
      : refuseErasedBody();
  }

  /** Several small objects in order; null for one that is not there, or does not fit any more. */
  async readMany(names: readonly Digest[], sizeMax: number): Promise<(Uint8Array | null)[]> {
    let left = this.#options.limits.answerBytesMax;
    const found = names.map((name) => {
      const [object] = this.#objects.findAll(name);
      const fits = object !== undefined && object.size <= Math.min(left, sizeMax);
      if (!fits || object.isDamaged) return undefined;
      left -= object.size;
      return object;
    });
    const contents: (Uint8Array | null)[] = names.map(() => null);
    const runs = runsOf(found);
    for (let at = 0; at < runs.length; at += READS_AT_ONCE) {
      const some = runs.slice(at, at + READS_AT_ONCE);
      await Promise.all(some.map((run) => this.#readRun(run, contents)));
    }
    return contents;
  }

  /** Reads neighbours at once; where some of their bytes are lost, those that are whole. */
  async #readRun(run: readonly PlacedObject[], contents: (Uint8Array | null)[]): Promise<void> {
    const { blobs } = this.#options;
    const { blob, offset } = run[0]!;
    const length = run.reduce((sum, { size }) => sum + size, 0);
    const read = await blobs.read(blob, { offset, length });
    const bytes = read?.length === length ? read : undefined;
    for (const { index, size, ...object } of run) {
      const start = object.offset - offset;
      contents[index] =
        bytes?.subarray(start, start + size) ??
        (await blobs.read(blob, { offset: object.offset, length: size })) ??
        null;
    }
  }
}

/** An object that is to be read, with its number in the answer. */
type PlacedObject = BlobPlace & { readonly index: number };

/** Objects by runs of neighbours: what was stored together is asked for together. */
function runsOf(found: readonly (StoredObject | undefined)[]): PlacedObject[][] {
  const placed = found.flatMap((object, index) => {
    if (object === undefined) return [];
    const { blob, offset, size } = object;
    return [{ blob, offset, size, index }];
  });
  placed.sort((a, b) => (a.blob === b.blob ? a.offset - b.offset : a.blob < b.blob ? -1 : 1));
  const runs: PlacedObject[][] = [];
  let last: PlacedObject | undefined;
  for (const object of placed) {
    const isNext = last?.blob === object.blob && last.offset + last.size === object.offset;
    if (isNext) runs.at(-1)!.push(object);
    else runs.push([object]);
    last = object;
  }
  return runs;
}

/** Passes chunks on while they are hashed, and sets bytes aside before they are written. */
async function* metered(
  chunks: AsyncIterable<Uint8Array>,
  name: { update(bytes: Uint8Array): void },
  { announcedBytes, reserve }: { announcedBytes: number; reserve: (bytes: number) => void },
): AsyncGenerator<Uint8Array> {
  let reserved = announcedBytes;
  let size = 0;
  reserve(announcedBytes);
  for await (const chunk of chunks) {
    size += chunk.length;
    while (size > reserved) {
      reserve(RESERVED_BYTES);
      reserved += RESERVED_BYTES;
    }
    name.update(chunk);
    yield chunk;
  }
}
