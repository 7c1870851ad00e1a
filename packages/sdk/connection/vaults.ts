import {
  getBody,
  getHeader,
  getObject,
  getObjects,
  objectName,
  refuseChart,
  unitCommitment,
} from '@ward/charts';
import {
  type AbortSignalLike,
  type AccountId,
  askInTurn,
  type ChartId,
  callEndpoint,
  callRaw,
  collectBody,
  type Digest,
  equalBytes,
  hasCode,
  REQUEST_HEADER,
  type RequestKey,
  refuseProtocol,
  type SignCall,
  signRequest,
  type Transport,
  toHex,
  WardError,
} from '@ward/protocol';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import { refuse } from '../errors.ts';
import type { Connection } from './connection.ts';
import { within } from './pause.ts';

const HEADER_BYTES_MAX = 256 * 1024;
const OBJECT_BYTES_MAX = 128 * 1024 * 1024;
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
export interface KnownVault {
  readonly organisation: AccountId;
  readonly transport: Transport;
}

/** A vault that did not do what it was asked. */
export interface VaultFailure {
  readonly organisation: AccountId;
  readonly failure: WardError;
}

export interface HeaderQuestion {
  /** The newest that each vault has when left out. */
  readonly version?: number | null;
  /** Waits for all vaults, as long as they go on answering. */
  readonly isPatient?: boolean;
}

/**
 * The vaults of a chart. What is read comes from any of them, and is verified against the name by
 * which it was asked for; a {@link VaultWriter} stores.
 */
export class Vaults {
  readonly #connection: Connection;
  readonly #ids: readonly AccountId[];

  constructor(ids: readonly AccountId[], connection: Connection) {
    this.#ids = ids;
    this.#connection = connection;
  }

  /** @throws WardError `ENDPOINT_MISSING`, `ORGANISATION_UNKNOWN`. */
  async find(organisation: AccountId): Promise<KnownVault> {
    return { organisation, transport: await this.#connection.server(organisation, 'vault') };
  }

  /** As {@link find}, for reading: one that says nothing is not waited for long. */
  async #reader(id: AccountId): Promise<KnownVault> {
    const { organisation, transport } = await this.find(id);
    return { organisation, transport: promptTransport(transport, READ_SILENCE_MS_MAX) };
  }

  /**
   * The first good answer. A vault that is silent is not waited for alone.
   *
   * @param why What is told where every vault answers, and none has it.
   * @param wait Waits for each as long as it takes, where asking two at once would do harm.
   * @throws WardError `OBJECT_MISMATCH` where a vault altered it, `SERVER_UNREACHABLE` where one
   * that may have it does not answer; else `why`.
   */
  async #anywhere<T>(
    work: (vault: KnownVault, signal?: AbortSignalLike) => Promise<T>,
    why: () => WardError,
    wait: typeof within = within,
  ): Promise<T> {
    const failures: WardError[] = [];
    const ask = async (id: AccountId, signal: AbortSignalLike) => {
      const answer = await work(await this.#reader(id), signal);
      this.#connection.noteVault(id, true);
      return { answer };
    };
    const onFailure = (_id: AccountId, error: unknown) => {
      if (!(error instanceof WardError)) throw error;
      failures.push(error);
    };
    const onSilence = (id: AccountId) => this.#connection.noteVault(id, false);
    const ways = this.#connection.inTurn(this.#ids);
    const [first] = await askInTurn(ask, { ways, within: wait, onFailure, onSilence });
    if (first !== undefined) return first.answer;
    const altered = failures.find(({ code }) => code === 'OBJECT_MISMATCH');
    const busy = failures.find(({ kind }) => kind.status === 429 || kind.status === 503);
    throw altered ?? busy ?? why();
  }

  /**
   * Does something with one vault after the other, until it is done.
   *
   * @throws WardError `OBJECT_WITHHELD` where no vault does it, and as the readers here.
   */
  first<T>(work: (vault: KnownVault) => Promise<T>): Promise<T> {
    const why = () => refuse('OBJECT_WITHHELD');
    return this.#anywhere(work, why, (promise) => promise);
  }

  /**
   * Every header that some vault calls the newest; parsed and checked by the caller. Once one has
   * answered, the others have a moment only.
   *
   * @throws WardError `SERVER_UNREACHABLE` where no vault answers.
   */
  async headers(
    chart: ChartId,
    { version = null, isPatient = false }: HeaderQuestion = {},
  ): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    const ask = async (vault: KnownVault) => {
      const transport = promptTransport(vault.transport, READ_SILENCE_MS_MAX);
      const request = { params: { chart }, query: { version }, body: null };
      const body = await callRaw(getHeader, request, transport);
      const bytes = await collectBody(body, HEADER_BYTES_MAX);
      if (bytes !== undefined) found.push(bytes);
    };
    const failures = await this.all(ask, { isPatient });
    const silent = failures.find(({ failure }) => failure.code === 'SERVER_UNREACHABLE');
    if (found.length === 0 && silent !== undefined) throw silent.failure;
    return [...found];
  }

  /**
   * Does something with all vaults at once. When enough have succeeded the others have a moment:
   * what is away must not hold up the rest.
   *
   * @returns Those that failed, or took too long.
   */
  async all(
    work: (vault: KnownVault) => Promise<void>,
    { isPatient = false, enough = 1 }: { readonly isPatient?: boolean; enough?: number } = {},
  ): Promise<VaultFailure[]> {
    const open = new Map(this.#ids.map((id) => [toHex(id), id]));
    const failures: VaultFailure[] = [];
    const runs = this.#ids.map(async (organisation) => {
      try {
        await work(await this.find(organisation));
        this.#connection.noteVault(organisation, true);
        open.delete(toHex(organisation));
        return true;
      } catch (failure) {
        if (!(failure instanceof WardError)) throw failure;
        if (open.delete(toHex(organisation))) failures.push({ organisation, failure });
        return false;
      }
    });
    const ended = Promise.all(runs);
    if (!isPatient && (await areEnough(runs, enough))) {
      await within(ended, this.#connection.vaultGraceMs);
      // A failure after this moment is nobody's any more.
      ended.catch(() => undefined);
    } else await ended;
    const late = [...open.values()];
    open.clear();
    for (const organisation of late) this.#connection.noteVault(organisation, false);
    const failure = refuseProtocol('SERVER_UNREACHABLE');
    return [...failures, ...late.map((organisation) => ({ organisation, failure }))];
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
      async ({ transport }, signal) => {
        const body = await callRaw(getObject, nameRequest(name, signal), transport);
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
      async ({ transport }, signal) => {
        const request = nameRequest(digest, signal);
        const body =
          packed === null
            ? await callRaw(getObject, request, transport)
            : await callRaw(getBody, { ...request, params: packed }, transport);
        if (size > CHECKED_BODY_BYTES_MAX) return body;
        const bytes = await collectBody(body, size);
        const isSame = bytes !== undefined && equalBytes(objectName(bytes, crypto), digest);
        if (!isSame) throw refuseChart('OBJECT_MISMATCH');
        return only(bytes);
      },
      () => refuseChart('RECORD_ERASED'),
    );
  }

  /** Reads from each vault in turn; one that fails, or says nothing, is passed over. */
  async each<T>(work: (vault: KnownVault) => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (const id of this.#connection.inTurn(this.#ids)) {
      try {
        done.push(await work(await this.#reader(id)));
      } catch (error) {
        this.#noteFailure(id, error);
      }
    }
    return done;
  }

  /**
   * Reads from all vaults at once.
   *
   * @returns Those that failed, or said nothing.
   */
  async readAll(work: (vault: KnownVault) => Promise<void>): Promise<AccountId[]> {
    const away: AccountId[] = [];
    const readOne = async (id: AccountId) => {
      try {
        await work(await this.#reader(id));
        this.#connection.noteVault(id, true);
      } catch (error) {
        this.#noteFailure(id, error);
        away.push(id);
      }
    };
    await Promise.all(this.#ids.map(readOne));
    return away;
  }

  #noteFailure(id: AccountId, error: unknown): void {
    if (!(error instanceof WardError)) throw error;
    if (hasCode(error, 'SERVER_UNREACHABLE')) this.#connection.noteVault(id, false);
  }
}

/** Whether so many of several succeed, as soon as that is known. */
function areEnough(runs: readonly Promise<boolean>[], enough: number): Promise<boolean> {
  let succeeded = 0;
  const ends = runs.map(async (run) => {
    if (await run) succeeded++;
    return succeeded >= enough;
  });
  return new Promise((resolve, reject) => {
    for (const end of ends) end.then((isEnough) => isEnough && resolve(true), reject);
    Promise.all(ends).then(() => resolve(succeeded >= enough), reject);
  });
}

export async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The question for an object. */
export function nameRequest(name: Digest, signal?: AbortSignalLike) {
  const request = { params: { name }, query: {}, body: null };
  return signal === undefined ? request : { ...request, signal };
}
