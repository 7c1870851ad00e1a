import {
  type DeletionReceipt,
  deleteObject,
  getBody,
  getHeader,
  getObject,
  getObjects,
  type ObjectBatch,
  objectName,
  packedName,
  putHeader,
  putObjects,
  refuseChart,
  unitCommitment,
  uploadObject,
  verifyDeletion,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  callRaw,
  collectBody,
  type Digest,
  equalBytes,
  REQUEST_HEADER,
  type RequestKey,
  type SignCall,
  signRequest,
  type Transport,
  WardError,
} from '@ward/protocol';
import type { Connection } from './connection.ts';

const HEADER_BYTES_MAX = 256 * 1024;
const OBJECT_BYTES_MAX = 64 * 1024 * 1024;
const NAMES_PER_REQUEST = 500;
/** Bodies up to this size are checked as a whole before they are used. */
const CHECKED_BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Signs requests to the servers of one organisation. */
export function requestSigner(
  connection: Connection,
  { audience, key }: { audience: AccountId; key: RequestKey },
): SignCall {
  return (request) => {
    const time = connection.now();
    const { random, realm } = connection;
    const header = signRequest({ audience, ...request }, { key, time }, random, realm);
    return { [REQUEST_HEADER]: header };
  };
}

/** Where one body of a unit is, and what it must be. */
export interface BodyPlace {
  readonly digest: Digest;
  readonly size: number;
  /** Its place in a packed object; null for an object of its own. */
  readonly packed: { readonly name: Digest; readonly index: number } | null;
}

/** One vault as a client knows it. */
interface KnownVault {
  readonly organisation: AccountId;
  readonly transport: Transport;
}

/**
 * The vaults of a chart. What is stored goes to all of them; what is read comes from any, and is
 * verified against the name by which it was asked for.
 */
export class Vaults {
  readonly #connection: Connection;
  readonly #ids: readonly AccountId[];

  constructor(ids: readonly AccountId[], connection: Connection) {
    this.#ids = ids;
    this.#connection = connection;
  }

  async #all(): Promise<KnownVault[]> {
    return Promise.all(
      this.#ids.map(async (organisation) => ({
        organisation,
        transport: await this.#connection.server(organisation, 'vault'),
      })),
    );
  }

  /** Runs against every vault; all must succeed. */
  async #onEach<T>(work: (vault: KnownVault) => Promise<T>): Promise<T[]> {
    return Promise.all((await this.#all()).map(work));
  }

  /** The first good answer; undefined where no vault has one. */
  async #anywhere<T>(work: (vault: KnownVault) => Promise<T>): Promise<T | undefined> {
    for (const vault of await this.#all()) {
      try {
        return await work(vault);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
      }
    }
    return undefined;
  }

  /** Every header that some vault calls the newest; parsed and checked by the caller. */
  async headers(chart: ChartId): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const { transport } of await this.#all()) {
      try {
        const request = { params: { chart }, query: { version: null }, body: null };
        const body = await callRaw(getHeader, request, transport);
        const bytes = await collectBody(body, HEADER_BYTES_MAX);
        if (bytes !== undefined) found.push(bytes);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
      }
    }
    return found;
  }

  async putHeader(chart: ChartId, header: Uint8Array): Promise<void> {
    const request = { params: { chart }, query: {}, body: header };
    await this.#onEach(({ transport }) => callEndpoint(putHeader, request, transport));
  }

  /**
   * Stores objects in every vault and compares the names that come back.
   *
   * @throws WardError `OBJECT_MISMATCH`, the vault's refusal.
   */
  async putObjects({
    chart,
    objects,
    key,
  }: {
    chart: ChartId;
    objects: ObjectBatch['objects'];
    key: RequestKey;
  }): Promise<Digest[]> {
    const names = objects.map((object) => this.#nameOf(object));
    await this.#onEach(async ({ organisation, transport }) => {
      const sign = requestSigner(this.#connection, { audience: organisation, key });
      const request = { params: { chart }, query: {}, body: { objects }, sign };
      const stored = await callEndpoint(putObjects, request, transport);
      const isSame =
        stored.names.length === names.length &&
        stored.names.every((name, i) => equalBytes(name, names[i]!));
      if (!isSame) throw refuseChart('OBJECT_MISMATCH');
    });
    return names;
  }

  #nameOf(object: ObjectBatch['objects'][number]): Digest {
    const { realm } = this.#connection;
    if (object.kind === 'manifest') return unitCommitment(object.bytes, realm);
    if (object.kind === 'packed') return packedName(object.bodies, realm.crypto);
    return objectName(object.bytes, realm.crypto);
  }

  /** Streams one large object into the first vault, then copies it to the others. */
  async upload(
    { chart, key }: { chart: ChartId; key: RequestKey },
    body: AsyncIterable<Uint8Array>,
  ): Promise<Digest> {
    const [first, ...others] = await this.#all();
    const name = await this.#uploadTo(first!, { chart, key }, body);
    for (const vault of others) {
      const copy = await callRaw(getObject, nameRequest(name), first!.transport);
      const copied = await this.#uploadTo(vault, { chart, key }, copy);
      if (!equalBytes(copied, name)) throw refuseChart('OBJECT_MISMATCH');
    }
    return name;
  }

  async #uploadTo(
    { organisation, transport }: KnownVault,
    { chart, key }: { chart: ChartId; key: RequestKey },
    body: AsyncIterable<Uint8Array>,
  ): Promise<Digest> {
    const sign = requestSigner(this.#connection, { audience: organisation, key });
    const request = { params: { chart }, query: {}, body, sign };
    const { names } = await callEndpoint(uploadObject, request, transport);
    return names[0]!;
  }

  /** An object by its digest; undefined where no vault has it. */
  async object(name: Digest): Promise<Uint8Array | undefined> {
    const { crypto } = this.#connection.realm;
    return this.#anywhere(async ({ transport }) => {
      const body = await callRaw(getObject, nameRequest(name), transport);
      const bytes = await collectBody(body, OBJECT_BYTES_MAX);
      const isSame = bytes !== undefined && equalBytes(objectName(bytes, crypto), name);
      if (!isSame) throw refuseChart('OBJECT_MISMATCH');
      return bytes;
    });
  }

  /**
   * Manifests by their commitments, in order; undefined for one that no vault gives. A vault that
   * gives another one has not given it.
   */
  async manifests(commitments: readonly Digest[]): Promise<(Uint8Array | undefined)[]> {
    const { realm } = this.#connection;
    const found: (Uint8Array | undefined)[] = commitments.map(() => undefined);
    for (const { transport } of await this.#all()) {
      const missing = commitments.map((_, i) => i).filter((i) => found[i] === undefined);
      for (let at = 0; at < missing.length; at += NAMES_PER_REQUEST) {
        const page = missing.slice(at, at + NAMES_PER_REQUEST);
        const objects = await manifestPage(
          page.map((i) => commitments[i]!),
          transport,
        );
        for (const [j, i] of page.entries()) {
          const bytes = objects[j] ?? undefined;
          const isSame =
            bytes !== undefined && equalBytes(unitCommitment(bytes, realm), commitments[i]!);
          if (isSame) found[i] = bytes;
        }
      }
    }
    return found;
  }

  /**
   * The body of a record. A small one is compared with its digest before it is given out, so that
   * the next vault is asked when one altered it; a large one is verified while it is read.
   */
  async body({ digest, size, packed }: BodyPlace): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { crypto } = this.#connection.realm;
    return this.#anywhere(async ({ transport }) => {
      const body =
        packed === null
          ? await callRaw(getObject, nameRequest(digest), transport)
          : await callRaw(getBody, { params: packed, query: {}, body: null }, transport);
      if (size > CHECKED_BODY_BYTES_MAX) return body;
      const bytes = await collectBody(body, size);
      const isSame = bytes !== undefined && equalBytes(objectName(bytes, crypto), digest);
      if (!isSame) throw refuseChart('OBJECT_MISMATCH');
      return only(bytes);
    });
  }

  /** Deletes an object, or one body of a packed one, in every vault that answers. */
  async delete(
    { chart, name, body }: { chart: ChartId; name: Digest; body: number | null },
    key: RequestKey,
  ): Promise<{ readonly receipts: DeletionReceipt[]; readonly missing: number }> {
    const receipts = await this.each(async ({ organisation, transport }) => {
      const sign = requestSigner(this.#connection, { audience: organisation, key });
      const request = { params: { chart, name }, query: { body }, body: null, sign };
      const receipt = await callEndpoint(deleteObject, request, transport);
      await this.#checkReceipt(receipt, organisation);
      return receipt;
    });
    return { receipts, missing: this.#ids.length - receipts.length };
  }

  /** A deletion receipt is signed by a service key of the vault's organisation. */
  async #checkReceipt(receipt: DeletionReceipt, organisation: AccountId): Promise<void> {
    const account = await this.#connection.account(organisation);
    const { realm } = this.#connection;
    const isSigned = account?.keys.some(({ publicKey }) =>
      verifyDeletion(receipt, publicKey, realm),
    );
    if (!equalBytes(receipt.organisation, organisation) || isSigned !== true) {
      throw refuseChart('OBJECT_MISMATCH');
    }
  }

  /** Does something with each vault in turn; a vault that fails is passed over. */
  async each<T>(work: (vault: KnownVault) => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (const vault of await this.#all()) {
      try {
        done.push(await work(vault));
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
      }
    }
    return done;
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function nameRequest(name: Digest) {
  return { params: { name }, query: {}, body: null };
}

async function manifestPage(
  names: readonly Digest[],
  transport: Transport,
): Promise<readonly (Uint8Array | null)[]> {
  try {
    const request = { params: {}, query: {}, body: { names } };
    return (await callEndpoint(getObjects, request, transport)).objects;
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
    return [];
  }
}
