import type { ChartId, Digest, Seconds } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { BlobStore } from '../blobs/blob-store.ts';
import { refuse } from '../errors.ts';
import { placeOfBody, StoredBodies } from './named-object.ts';
import {
  type Deletion,
  type ObjectIndex,
  type StoredObject,
  WHOLE_OBJECT,
} from './object-index.ts';
import type { Quotas } from './quotas.ts';

export interface DeletionsOptions {
  readonly blobs: BlobStore;
  readonly index: DurableDatabase;
  readonly objects: ObjectIndex;
  readonly quotas: Quotas;
}

export interface DeletionOrder {
  readonly chart: ChartId;
  readonly name: Digest;
  /** One body of a packed object; null: the whole object. */
  readonly body: number | null;
}

/** What is gone, for the receipt. */
export interface Deleted {
  readonly what: 'object' | 'body';
  readonly subject: Digest;
  readonly time: Seconds;
}

/**
 * Deletes what owners order: first nobody finds it any more, then its bytes are overwritten, then
 * it is receipted. What the process could not finish is finished when it starts again.
 */
export class Deletions {
  readonly #options: DeletionsOptions;

  constructor(options: DeletionsOptions) {
    this.#options = options;
  }

  /**
   * Deletes, once: the same order again is answered as the first time.
   *
   * @throws WardError `OBJECT_UNKNOWN`, `BODY_UNKNOWN`, `OBJECT_SHARED` where another chart has the
   * same bytes, so that they are not gone.
   */
  async run({ chart, name, body }: DeletionOrder, now: Seconds): Promise<Deleted> {
    const { objects } = this.#options;
    const number = body ?? WHOLE_OBJECT;
    const known =
      objects.deletion(chart, name, WHOLE_OBJECT) ?? objects.deletion(chart, name, number);
    const deletion = known ?? (await this.#order({ chart, name, body }, now));
    if (!deletion.isDone) await this.#finish(deletion);
    if (objects.findAll(name).some((copy) => !this.#hasPunched(copy, number))) {
      throw refuse('OBJECT_SHARED');
    }
    const what = deletion.body === WHOLE_OBJECT ? 'object' : 'body';
    return { what, subject: deletion.digest, time: deletion.time };
  }

  /** Finishes what was ordered before the process died. */
  async resume(): Promise<void> {
    for (const deletion of this.#options.objects.deletionsToDo()) await this.#finish(deletion);
  }

  #hasPunched({ chart, name }: StoredObject, body: number): boolean {
    return body !== WHOLE_OBJECT && this.#options.objects.deletion(chart, name, body) !== undefined;
  }

  /** From here on the object, or the body, is not found any more. */
  #order({ chart, name, body }: DeletionOrder, time: Seconds): Promise<Deletion> {
    const { index, objects, quotas } = this.#options;
    return index.write(() => {
      const object = objects.find(chart, name);
      if (object === undefined) throw refuse('OBJECT_UNKNOWN');
      const deletion = { ...deletionOf(object, body), time };
      objects.putDeletion(deletion);
      if (body === null) {
        objects.remove(object);
        quotas.count(object.holder, chart, { bytes: -object.size, objects: -1 });
      }
      return { ...deletion, isDone: false };
    });
  }

  /** Overwrites the bytes, or deletes their blob if nothing else is in it. */
  async #finish(deletion: Deletion): Promise<void> {
    const { blobs, index, objects } = this.#options;
    const { blob, offset, size } = deletion;
    if (objects.isBlobUsed(blob)) await blobs.erase(blob, { offset, length: size });
    else await blobs.delete(blob);
    await index.write(() => objects.finishDeletion(deletion));
  }
}

function deletionOf(object: StoredObject, body: number | null): Omit<Deletion, 'time' | 'isDone'> {
  const { chart, name, blob, offset, size } = object;
  if (body === null) {
    return { chart, name, body: WHOLE_OBJECT, digest: name, blob, offset, size };
  }
  if (object.bodies === null) throw refuse('BODY_UNKNOWN');
  const place = placeOfBody(StoredBodies.decode(object.bodies), body);
  const { digest } = place;
  return { chart, name, body, digest, blob, offset: offset + place.offset, size: place.size };
}
