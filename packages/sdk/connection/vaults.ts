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
import { refuse } from '../errors.ts';
import type { Connection } from './connection.ts';

const HEADER_BYTES_MAX = 256 * 1024;
const OBJECT_BYTES_MAX = 128 * 1024 * 1024;
/** Objects from this size on are streamed by themselves. */
const BATCHED_BYTES_MAX = 8 * 1024 * 1024;
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

/** An object that is to be deleted, or one body of it. */
export interface ObjectToDelete {
  readonly name: Digest;
  readonly body: { readonly index: number; readonly digest: Digest } | null;
}

/** What a deletion receipt may be about. */
interface Subject {
  readonly what: string;
  readonly subject: Digest;
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

  /** Every vault; one that names no server is a failure where all must succeed. */
  #all(): Promise<KnownVault[]> {
    return Promise.all(this.#ids.map((organisation) => this.#find(organisation)));
  }

  async #find(organisation: AccountId): Promise<KnownVault> {
    return { organisation, transport: await this.#connection.server(organisation, 'vault') };
  }

  /** Runs against every vault; all must succeed. */
  async #onEach<T>(work: (vault: KnownVault) => Promise<T>): Promise<T[]> {
    return Promise.all((await this.#all()).map(work));
  }

  /**
   * The first good answer.
   *
   * @param why What is told where every vault answers, and none has it.
   * @throws WardError `OBJECT_MISMATCH` where a vault altered it, `SERVER_UNREACHABLE` where one
   * that may have it does not answer; else `why`.
   */
  async #anywhere<T>(work: (vault: KnownVault) => Promise<T>, why: () => WardError): Promise<T> {
    const failures: WardError[] = [];
    for (const id of this.#ids) {
      try {
        return await work(await this.#find(id));
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        failures.push(error);
      }
    }
    const altered = failures.find(({ code }) => code === 'OBJECT_MISMATCH');
    const busy = failures.find(({ kind }) => kind.status === 429 || kind.status === 503);
    throw altered ?? busy ?? why();
  }

  /**
   * Every header that some vault calls the newest; parsed and checked by the caller.
   *
   * @throws WardError `SERVER_UNREACHABLE` where no vault answers.
   */
  async headers(chart: ChartId, version: number | null = null): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    let silent: WardError | undefined;
    for (const id of this.#ids) {
      try {
        const { transport } = await this.#find(id);
        const request = { params: { chart }, query: { version }, body: null };
        const body = await callRaw(getHeader, request, transport);
        const bytes = await collectBody(body, HEADER_BYTES_MAX);
        if (bytes !== undefined) found.push(bytes);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        if (error.code === 'SERVER_UNREACHABLE') silent = error;
      }
    }
    if (found.length === 0 && silent !== undefined) throw silent;
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
    const size = objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (objects.length === 1 && objects[0]!.kind === 'object' && size > BATCHED_BYTES_MAX) {
      const name = await this.upload({ chart, key }, only(objects[0]!.bytes));
      if (!equalBytes(name, names[0]!)) throw refuseChart('OBJECT_MISMATCH');
      return names;
    }
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

  /**
   * An object by its digest.
   *
   * @throws WardError `OBJECT_WITHHELD` where no vault has it, `OBJECT_MISMATCH`,
   * `SERVER_UNREACHABLE`.
   */
  object(name: Digest): Promise<Uint8Array> {
    const { crypto } = this.#connection.realm;
    return this.#anywhere(
      async ({ transport }) => {
        const body = await callRaw(getObject, nameRequest(name), transport);
        const bytes = await collectBody(body, OBJECT_BYTES_MAX);
        const isSame = bytes !== undefined && equalBytes(objectName(bytes, crypto), name);
        if (!isSame) throw refuseChart('OBJECT_MISMATCH');
        return bytes;
      },
      () => refuse('OBJECT_WITHHELD'),
    );
  }

  /**
   * Manifests by their commitments, in order; undefined for one that no vault gives. A vault that
   * gives another one has not given it.
   */
  async manifests(commitments: readonly Digest[]): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = commitments.map(() => undefined);
    await this.each(async ({ transport }) => {
      const missing = commitments.map((_, i) => i).filter((i) => found[i] === undefined);
      for (let at = 0; at < missing.length; at += NAMES_PER_REQUEST) {
        const page = missing.slice(at, at + NAMES_PER_REQUEST);
        await this.#manifestPage(page, { commitments, found }, transport);
      }
    });
    return found;
  }

  /** Asks again for what did not fit into an answer, as long as something comes. */
  async #manifestPage(
    page: readonly number[],
    { commitments, found }: { commitments: readonly Digest[]; found: (Uint8Array | undefined)[] },
    transport: Transport,
  ): Promise<void> {
    const { realm } = this.#connection;
    let wanted = page;
    for (;;) {
      const body = { names: wanted.map((i) => commitments[i]!) };
      const request = { params: {}, query: {}, body };
      const { objects } = await callEndpoint(getObjects, request, transport);
      for (const [j, i] of wanted.entries()) {
        const bytes = objects[j] ?? undefined;
        if (bytes === undefined || !equalBytes(unitCommitment(bytes, realm), commitments[i]!)) {
          continue;
        }
        found[i] = bytes;
      }
      const missing = wanted.filter((i) => found[i] === undefined);
      if (missing.length === 0 || missing.length === wanted.length) return;
      wanted = missing;
    }
  }

  /**
   * The body of a record. A small one is compared with its digest before it is given out, so that
   * the next vault is asked when one altered it; a large one is verified while it is read.
   *
   * @throws WardError `RECORD_ERASED` where no vault has it, `OBJECT_MISMATCH` where one has
   * altered it and none has it whole, `SERVER_UNREACHABLE`.
   */
  body({ digest, size, packed }: BodyPlace): Promise<AsyncIterable<Uint8Array>> {
    const { crypto } = this.#connection.realm;
    return this.#anywhere(
      async ({ transport }) => {
        const body =
          packed === null
            ? await callRaw(getObject, nameRequest(digest), transport)
            : await callRaw(getBody, { params: packed, query: {}, body: null }, transport);
        if (size > CHECKED_BODY_BYTES_MAX) return body;
        const bytes = await collectBody(body, size);
        const isSame = bytes !== undefined && equalBytes(objectName(bytes, crypto), digest);
        if (!isSame) throw refuseChart('OBJECT_MISMATCH');
        return only(bytes);
      },
      () => refuseChart('RECORD_ERASED'),
    );
  }

  /** Deletes an object, or one body of a packed one, in every vault that answers. */
  async delete(
    { chart, name, body }: ObjectToDelete & { readonly chart: ChartId },
    key: RequestKey,
  ): Promise<{ readonly receipts: DeletionReceipt[]; readonly missing: number }> {
    // Who deleted the whole object says so, also where one body of it is meant.
    const subjects = [{ what: 'object', subject: name }];
    if (body !== null) subjects.push({ what: 'body', subject: body.digest });
    const receipts = await this.each(async ({ organisation, transport }) => {
      const sign = requestSigner(this.#connection, { audience: organisation, key });
      const query = { body: body?.index ?? null };
      const request = { params: { chart, name }, query, body: null, sign };
      const receipt = await callEndpoint(deleteObject, request, transport);
      await this.#checkReceipt(receipt, { organisation, subjects });
      return receipt;
    });
    return { receipts, missing: this.#ids.length - receipts.length };
  }

  /** A deletion receipt names what was meant, signed by a key of the vault's organisation. */
  async #checkReceipt(
    receipt: DeletionReceipt,
    { organisation, subjects }: { organisation: AccountId; subjects: readonly Subject[] },
  ): Promise<void> {
    const account = await this.#connection.account(organisation);
    const { realm } = this.#connection;
    const isSigned = account?.keys.some(({ publicKey }) =>
      verifyDeletion(receipt, publicKey, realm),
    );
    const isMeant = subjects.some(
      ({ what, subject }) => receipt.what === what && equalBytes(receipt.subject, subject),
    );
    if (!isMeant || !equalBytes(receipt.organisation, organisation) || isSigned !== true) {
      throw refuseChart('OBJECT_MISMATCH');
    }
  }

  /** Does something with each vault in turn; a vault that fails is passed over. */
  async each<T>(work: (vault: KnownVault) => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (const id of this.#ids) {
      try {
        done.push(await work(await this.#find(id)));
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
