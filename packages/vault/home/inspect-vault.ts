import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Realm } from '@ward/protocol';
import { DurableDatabase } from '@ward/server';
import { FileBlobStore } from '../blobs/file-blob-store.ts';
import { INDEX_VERSIONS } from '../index-tables.ts';
import { ObjectIndex, type StoredObject } from '../objects/object-index.ts';
import { isSound, type ReadStore } from '../objects/scrub.ts';

/** Places in the order of blobs from which objects are taken, and how many from each. */
const PLACES = 16;
const PER_PLACE = 64;
/** What is read of the sample; of the rest only that it is there. */
const READ_BYTES_MAX = 64 * 1024 * 1024;

/** What stands in the home of a vault. */
export interface InspectedVault {
  /** Objects in all, and those that were looked at. */
  readonly objects: number;
  readonly looked: number;
  /** Of those: their bytes are not there, or are others. */
  readonly missing: number;
  readonly altered: number;
  /** Of all: set aside before, and not mended yet. */
  readonly setAside: number;
}

/**
 * Looks at the index of a stopped vault and at a sample of its objects, and changes nothing. The
 * caller holds the lock of the home.
 *
 * @returns Undefined where it has stored nothing yet, or a start has to bring its index up to date.
 * @throws WardError `HOME_INVALID` where the index is damaged, or gone while blobs are there;
 * `STORE_FAILED`.
 */
export async function inspectVault(
  home: string,
  realm: Realm,
): Promise<InspectedVault | undefined> {
  const path = join(home, 'index.db');
  const blobs = FileBlobStore.openToRead(join(home, 'blobs'));
  if (!existsSync(path) && !existsSync(join(home, 'blobs'))) return undefined;
  const index = DurableDatabase.openToRead({ path, versions: INDEX_VERSIONS });
  if (index === undefined) return undefined;
  try {
    const objects = index.read(() => new ObjectIndex(index));
    const { missing, altered, looked } = await lookAt(sampleOf(index, objects), {
      ...{ blobs, objects, realm },
    });
    const counts = index.read(() => ({
      objects: objects.totals().objects,
      setAside: objects.damagedCount(),
    }));
    return { ...counts, looked, missing, altered };
  } finally {
    await index.close();
  }
}

/** Blobs have random names: places that are evenly apart give objects of every age. */
function sampleOf(index: DurableDatabase, objects: ObjectIndex): StoredObject[] {
  const found = new Map<string, StoredObject>();
  for (let place = 0; place < PLACES; place++) {
    const blob = Math.floor((place * 256) / PLACES)
      .toString(16)
      .padStart(2, '0');
    const page = index.read(() => objects.page({ blob, offset: -1 }, PER_PLACE));
    for (const object of page) found.set(`${object.blob}/${object.offset}`, object);
  }
  return [...found.values()];
}

async function lookAt(sample: readonly StoredObject[], store: ReadStore) {
  let [looked, missing, altered, readBytes] = [0, 0, 0, 0];
  for (const object of sample) {
    // The index says of it already that it is damaged.
    if (object.isDamaged) continue;
    looked++;
    const { blob, offset, size } = object;
    const last = await store.blobs.read(blob, {
      ...{ offset: Math.max(0, offset + size - 1), length: Math.min(1, size) },
    });
    if (last === undefined) {
      missing++;
      continue;
    }
    if (readBytes + size > READ_BYTES_MAX) continue;
    readBytes += size;
    if (!(await isSound(object, store))) altered++;
  }
  return { looked, missing, altered };
}
