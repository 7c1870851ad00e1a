import {
  getBody,
  getObject,
  getObjects,
  objectName,
  objectNameStream,
  unitCommitment,
} from '@ward/charts';
import { Organisation, organisationKey } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  callRaw,
  collectBody,
  type Digest,
  equalBytes,
  type Realm,
  type Seconds,
  type Transport,
  WardError,
} from '@ward/protocol';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import type { Prover } from '@ward/server';
import type { BlobStore } from '../blobs/blob-store.ts';
import { refuse } from '../errors.ts';
import { placeOfBody, StoredBodies } from './named-object.ts';
import type { ObjectIndex, StoredObject } from './object-index.ts';
import type { ObjectStore } from './object-store.ts';
import type { Holder } from './quotas.ts';

export interface MenderOptions {
  /** Whose vault this is. */
  readonly organisation: AccountId;
  readonly blobs: BlobStore;
  readonly objects: ObjectIndex;
  readonly store: ObjectStore;
  /** Vaults that the newest header of a chart lists. */
  vaultsOf(chart: ChartId): Promise<readonly AccountId[]>;
  readonly ledger: Prover;
  readonly connect: (origin: string) => Transport;
  readonly now: () => Seconds;
  readonly realm: Realm;
}

/**
 * Mends what the disk altered from the other vaults of the chart. They are asked as any reader
 * asks, by digest, and nothing is taken that does not have it: they learn that this copy is
 * damaged, and
 * this vault learns nothing. What was deleted here stays deleted, whatever they still have.
 */
export class Mender {
  readonly #options: MenderOptions;

  constructor(options: MenderOptions) {
    this.#options = options;
  }

  /** @returns Whether the object, which is marked as damaged, is whole again. */
  async mend(object: StoredObject): Promise<boolean> {
    const { objects } = this.#options;
    try {
      await this.#restore(object, await this.others(object.chart));
    } catch (error) {
      // Another round tries again.
      if (!(error instanceof WardError)) throw error;
    }
    return objects.find(object.chart, object.name)?.isDamaged === false;
  }

  /** Ways to the other vaults of a chart. */
  async others(chart: ChartId): Promise<Transport[]> {
    const { organisation, ledger, connect } = this.#options;
    const ids = await this.#options.vaultsOf(chart);
    const others = ids.filter((id) => !equalBytes(id, organisation));
    if (others.length === 0) return [];
    const keys = others.map(organisationKey);
    const state = await ledger.prove(keys);
    return keys.flatMap((key) => {
      const origin = state.record(Organisation, key)?.endpoints.vault ?? null;
      return origin === null ? [] : [promptTransport(connect(origin), READ_SILENCE_MS_MAX)];
    });
  }

  async #restore(object: StoredObject, others: readonly Transport[]): Promise<void> {
    const { name, kind } = object;
    switch (kind) {
      case 'object':
        await firstOf(others, (other) => this.#copy(object, other));
        return;
      case 'manifest': {
        const bytes = await firstOf(others, (other) => this.#manifest(name, other));
        await this.#put(object, bytes);
        return;
      }
      case 'packed':
        await this.#put(object, await this.#packed(object, others));
    }
  }

  #put({ chart, kind, name, bodies, holder }: StoredObject, bytes: Uint8Array): Promise<void> {
    const { store, now } = this.#options;
    return store.put([{ kind, name, bytes, bodies }], {
      ...{ chart, holder: holderOf(holder), now: now() },
    });
  }

  /** Streams it in; one with another digest is dropped before it has a row. */
  async #copy({ chart, name, size, holder }: StoredObject, other: Transport): Promise<void> {
    const { store, now, realm } = this.#options;
    const body = await callRaw(getObject, { params: { name }, query: {}, body: null }, other);
    await store.upload(named(body, { name, size }, realm), {
      ...{ chart, holder: holderOf(holder), now: now(), announcedBytes: size },
    });
  }

  async #manifest(name: Digest, other: Transport): Promise<Uint8Array> {
    const request = { params: {}, query: {}, body: { names: [name] } };
    const { objects } = await callEndpoint(getObjects, request, other);
    const [bytes] = objects;
    const isIt = bytes != null && equalBytes(unitCommitment(bytes, this.#options.realm), name);
    if (!isIt) throw refuse('OBJECT_UNKNOWN');
    return bytes;
  }

  /** Own bodies as far as they are whole, those of others for the rest. */
  async #packed(object: StoredObject, others: readonly Transport[]): Promise<Uint8Array> {
    const { blobs, objects, realm } = this.#options;
    const { name, blob, offset, chart } = object;
    const stored = StoredBodies.decode(object.bodies ?? new Uint8Array(0));
    const bytes = new Uint8Array(object.size);
    for (const index of stored.bodies.keys()) {
      const place = placeOfBody(stored, index);
      if (objects.deletion(chart, name, index) !== undefined) continue;
      const range = { offset: offset + place.offset, length: place.size };
      const own = await blobs.read(blob, range);
      const isIt = (body: Uint8Array | undefined): body is Uint8Array =>
        body !== undefined && equalBytes(objectName(body, realm.crypto), place.digest);
      const body = isIt(own)
        ? own
        : await firstOf(others, async (other) => {
            const request = { params: { name, index }, query: {}, body: null };
            const got = await collectBody(await callRaw(getBody, request, other), place.size);
            if (!isIt(got)) throw refuse('OBJECT_UNKNOWN');
            return got;
          });
      bytes.set(body, place.offset);
    }
    return bytes;
  }
}

/** @throws WardError the last failure, `OBJECT_UNKNOWN` where there is nobody to ask. */
async function firstOf<T>(
  others: readonly Transport[],
  ask: (other: Transport) => Promise<T>,
): Promise<T> {
  let failure = refuse('OBJECT_UNKNOWN');
  for (const other of others) {
    try {
      return await ask(other);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

function holderOf(holder: Uint8Array): Holder {
  return holder.length === 0
    ? { kind: 'owner', source: 'mending' }
    : { kind: 'organisation', organisation: holder };
}

/** Passes on what another vault gives; fails at its end where it is not what was asked for. */
async function* named(
  body: AsyncIterable<Uint8Array>,
  { name, size }: Pick<StoredObject, 'name' | 'size'>,
  { crypto }: Realm,
): AsyncGenerator<Uint8Array> {
  const hash = objectNameStream(crypto);
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > size) throw refuse('OBJECT_UNKNOWN');
    hash.update(piece);
    yield piece;
  }
  if (!equalBytes(hash.digest(), name)) throw refuse('OBJECT_UNKNOWN');
}
