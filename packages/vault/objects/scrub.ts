import { objectNameStream, unitCommitment } from '@ward/charts';
import { equalBytes, type Hex, type Realm, toHex } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { BlobStore } from '../blobs/blob-store.ts';
import { StoredBodies } from './named-object.ts';
import type { ObjectIndex, StoredObject } from './object-index.ts';

export interface ScrubOptions {
  /** Called now and then with how far it is. */
  readonly onProgress?: (progress: ScrubProgress) => void;
  /** Waits behind each object, so that reading takes no more than its share of the disk. */
  readonly pace?: (sizeBytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface ScrubProgress {
  readonly objects: number;
  readonly bytes: number;
  /** What is damaged still. */
  readonly damaged: number;
  /** What was damaged, and is whole again from another vault. */
  readonly mended: number;
}

export interface ScrubReport extends ScrubProgress {
  /** Headers, and objects that they name, which this vault had missed and has now. */
  readonly fetched: number;
  /** Names of the objects whose bytes are not theirs any more; they are not given out. */
  readonly damagedNames: readonly Hex[];
}

export interface ScrubbedStore {
  readonly blobs: BlobStore;
  readonly index: DurableDatabase;
  readonly objects: ObjectIndex;
  readonly realm: Realm;
  /** Fetches a damaged object from where it is whole. */
  readonly mend: (object: StoredObject) => Promise<boolean>;
}

const PAGE = 256;
const DAMAGED_NAMES_MAX = 100_000;

/**
 * Reads every object and computes its name anew. One whose bytes changed is not given out any more,
 * until it is mended from another vault, or somebody stores it again.
 */
export async function scrub(
  store: ScrubbedStore,
  { onProgress, pace, signal }: ScrubOptions = {},
): Promise<Omit<ScrubReport, 'fetched'>> {
  const damagedNames: Hex[] = [];
  let [objects, bytes, damaged, mended] = [0, 0, 0, 0];
  let after = { blob: '', offset: -1 };
  while (!signal?.aborted) {
    const page = store.objects.page(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    for (const object of page) {
      objects++;
      bytes += object.size;
      const found = await look(object, store);
      if (found === 'mended') mended++;
      if (found === 'damaged') {
        damaged++;
        if (damagedNames.length < DAMAGED_NAMES_MAX) damagedNames.push(toHex(object.name));
      }
      await pace?.(object.size);
      if (signal?.aborted) break;
    }
    after = { blob: last.blob, offset: last.offset };
    onProgress?.({ objects, bytes, damaged, mended });
  }
  return { objects, bytes, damaged, mended, damagedNames };
}

/** Reads one object; what is damaged is set aside, and mended where that is possible. */
async function look(
  object: StoredObject,
  store: ScrubbedStore,
): Promise<'sound' | 'damaged' | 'mended'> {
  if (!object.isDamaged && (await isSound(object, store))) return 'sound';
  const { chart, name, blob, offset } = object;
  const isGone = await store.index.write(() => {
    // While it was read, it may have been deleted, or stored again in another place.
    const now = store.objects.find(chart, name);
    if (now?.blob !== blob || now.offset !== offset) return true;
    store.objects.markDamaged(object);
    return false;
  });
  if (isGone) return 'sound';
  return (await store.mend(object)) ? 'mended' : 'damaged';
}

/** What objects are read from. */
export type ReadStore = Pick<ScrubbedStore, 'blobs' | 'objects' | 'realm'>;

/** Whether an object's bytes still have its name. */
export async function isSound(object: StoredObject, store: ReadStore): Promise<boolean> {
  const { crypto } = store.realm;
  switch (object.kind) {
    case 'object': {
      const name = objectNameStream(crypto);
      const range = { offset: object.offset, length: object.size };
      for await (const piece of store.blobs.stream(object.blob, range)) name.update(piece);
      return equalBytes(name.digest(), object.name);
    }
    case 'manifest': {
      const range = { offset: object.offset, length: object.size };
      const bytes = await store.blobs.read(object.blob, range);
      return bytes !== undefined && equalBytes(unitCommitment(bytes, store.realm), object.name);
    }
    case 'packed':
      return arePackedSound(object, store);
  }
}

/** Each body that was not punched out has its digest still. */
async function arePackedSound(object: StoredObject, store: ReadStore): Promise<boolean> {
  const { bodies } = StoredBodies.decode(object.bodies ?? new Uint8Array(0));
  let { offset } = object;
  for (const [index, { digest, size }] of bodies.entries()) {
    const name = objectNameStream(store.realm.crypto);
    const range = { offset, length: size };
    for await (const piece of store.blobs.stream(object.blob, range)) name.update(piece);
    const isPunched = store.objects.deletion(object.chart, object.name, index) !== undefined;
    if (!isPunched && !equalBytes(name.digest(), digest)) return false;
    offset += size;
  }
  return true;
}

/**
 * Deletes blobs that no row names: what was written when the process died. Only while nothing is
 * being stored: a blob is there before its rows.
 */
export async function dropOrphans({
  blobs,
  objects,
}: Pick<ScrubbedStore, 'blobs' | 'objects'>): Promise<number> {
  let dropped = 0;
  for await (const blob of blobs.list()) {
    if (objects.isBlobUsed(blob)) continue;
    await blobs.delete(blob);
    dropped++;
  }
  return dropped;
}
