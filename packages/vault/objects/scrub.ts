import { objectNameStream, unitCommitment } from '@ward/charts';
import { equalBytes, type Hex, type Realm, toHex } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { BlobStore } from '../blobs/blob-store.ts';
import { StoredBodies } from './named-object.ts';
import type { ObjectIndex, StoredObject } from './object-index.ts';

export interface ScrubOptions {
  /** Called now and then with how far it is. */
  readonly onProgress?: (progress: ScrubProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ScrubProgress {
  readonly objects: number;
  readonly bytes: number;
  readonly damaged: number;
}

export interface ScrubReport extends ScrubProgress {
  /** Names of the objects whose bytes are not theirs any more; they are not given out. */
  readonly damagedNames: readonly Hex[];
}

export interface ScrubbedStore {
  readonly blobs: BlobStore;
  readonly index: DurableDatabase;
  readonly objects: ObjectIndex;
  readonly realm: Realm;
}

const PAGE = 256;
const DAMAGED_NAMES_MAX = 100_000;

/**
 * Reads every object and computes its name anew. One whose bytes changed is not given out any more,
 * until somebody stores it again.
 */
export async function scrub(
  store: ScrubbedStore,
  { onProgress, signal }: ScrubOptions = {},
): Promise<ScrubReport> {
  const damagedNames: Hex[] = [];
  let [objects, bytes, damaged] = [0, 0, 0];
  let after = { blob: '', offset: -1 };
  while (!signal?.aborted) {
    const page = store.objects.page(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    for (const object of page) {
      objects++;
      bytes += object.size;
      if (object.isDamaged || !(await isSound(object, store))) {
        damaged++;
        if (damagedNames.length < DAMAGED_NAMES_MAX) damagedNames.push(toHex(object.name));
        await store.index.write(() => store.objects.markDamaged(object));
      }
    }
    after = { blob: last.blob, offset: last.offset };
    onProgress?.({ objects, bytes, damaged });
  }
  return { objects, bytes, damaged, damagedNames };
}

async function isSound(object: StoredObject, store: ScrubbedStore): Promise<boolean> {
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
async function arePackedSound(object: StoredObject, store: ScrubbedStore): Promise<boolean> {
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
