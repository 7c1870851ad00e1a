import {
  type DeletionReceipt,
  deleteObject,
  getObject,
  getVaultStatus,
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
  type Digest,
  equalBytes,
  hasCode,
  type RequestKey,
  toHex,
  type WardError,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { ObjectToDelete } from './backlog.ts';
import type { Connection } from './connection.ts';
import {
  type KnownVault,
  nameRequest,
  only,
  requestSigner,
  type VaultFailure,
  Vaults,
} from './vaults.ts';

/** Objects from this size on are streamed by themselves. */
const BATCHED_BYTES_MAX = 8 * 1024 * 1024;

/** Whose objects are stored, and who signs for it. */
export interface Writer {
  readonly chart: ChartId;
  readonly key: RequestKey;
}

/** What a deletion receipt may be about. */
interface Subject {
  readonly what: string;
  readonly subject: Digest;
}

/**
 * Stores what belongs to a chart in its vaults. One that takes it is enough, or so many as are
 * wanted; those that did not are in {@link missed}, for the caller to remember and to tell.
 */
export class VaultWriter {
  readonly #connection: Connection;
  readonly #vaults: Vaults;
  readonly #writer: Writer;
  readonly #copies: number;
  readonly #count: number;
  readonly #missed = new Map<string, VaultFailure>();

  /** @param copies How many vaults are wanted: see {@link requireCopies}; at most all. */
  constructor(ids: readonly AccountId[], writer: Writer, connection: Connection, copies = 1) {
    this.#connection = connection;
    this.#vaults = new Vaults(ids, connection);
    this.#writer = writer;
    this.#count = ids.length;
    this.#copies = Math.min(Math.max(1, copies), ids.length);
  }

  /** Vaults that did not take everything which this writer stored. */
  get missed(): AccountId[] {
    return [...this.#missed.values()].map(({ organisation }) => organisation);
  }

  /** @throws WardError why a vault did not take something, where one did not. */
  requireAll(): void {
    for (const { failure } of this.#missed.values()) throw failure;
  }

  /** @throws WardError `COPIES_MISSING` where fewer vaults than are wanted took everything. */
  requireCopies(): void {
    const stored = this.#count - this.#missed.size;
    const wanted = this.#copies;
    if (stored < wanted) throw refuse('COPIES_MISSING', { stored, wanted });
  }

  /** Stores in every vault; those that fail are noted, as long as one succeeds. */
  async #store(work: (vault: KnownVault) => Promise<void>): Promise<void> {
    let isStored = false;
    const failures = await this.#vaults.all(
      async (vault) => {
        await work(vault);
        isStored = true;
      },
      { enough: this.#copies },
    );
    if (!isStored) throw worstOf(failures);
    this.#note(failures);
  }

  #note(failures: readonly VaultFailure[]): void {
    for (const each of failures) this.#missed.set(toHex(each.organisation), each);
  }

  /** @throws WardError what a vault refuses, where none takes it. */
  async putHeader(header: Uint8Array): Promise<void> {
    const request = { params: { chart: this.#writer.chart }, query: {}, body: header };
    await this.#store(async ({ transport }) => {
      await callEndpoint(putHeader, request, transport);
    });
  }

  /**
   * Stores objects and compares the names that come back.
   *
   * @throws WardError `OBJECT_MISMATCH`, a vault's refusal, where none takes them.
   */
  async putObjects(objects: ObjectBatch['objects']): Promise<Digest[]> {
    const names = objects.map((object) => this.#nameOf(object));
    const size = objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (objects.length === 1 && objects[0]!.kind === 'object' && size > BATCHED_BYTES_MAX) {
      const name = await this.upload(only(objects[0]!.bytes));
      if (!equalBytes(name, names[0]!)) throw refuseChart('OBJECT_MISMATCH');
      return names;
    }
    await this.#store((vault) => this.putObjectsTo(vault, objects));
    return names;
  }

  /** Stores objects in one vault. */
  async putObjectsTo(vault: KnownVault, objects: ObjectBatch['objects']): Promise<void> {
    const names = objects.map((object) => this.#nameOf(object));
    const request = { ...this.#requestTo(vault), body: { objects } };
    const stored = await callEndpoint(putObjects, request, vault.transport);
    const isSame =
      stored.names.length === names.length &&
      stored.names.every((name, i) => equalBytes(name, names[i]!));
    if (!isSame) throw refuseChart('OBJECT_MISMATCH');
  }

  #requestTo({ organisation: audience }: KnownVault) {
    const { chart, key } = this.#writer;
    const sign = requestSigner(this.#connection, { audience, key });
    return { params: { chart }, query: {}, sign };
  }

  #nameOf(object: ObjectBatch['objects'][number]): Digest {
    const { realm } = this.#connection;
    if (object.kind === 'manifest') return unitCommitment(object.bytes, realm);
    if (object.kind === 'packed') return packedName(object.bodies, realm.crypto);
    return objectName(object.bytes, realm.crypto);
  }

  /**
   * Streams one large object into a vault that answers, then copies it to the others: what is
   * streamed comes once.
   *
   * @throws WardError what that vault refuses, `SERVER_UNREACHABLE` where none answers.
   */
  async upload(body: AsyncIterable<Uint8Array>): Promise<Digest> {
    const [first, ...others] = await this.#answering();
    const name = await this.#uploadTo(first, body);
    const copies = new Vaults(
      others.map(({ organisation }) => organisation),
      this.#connection,
    );
    const copied = await copies.all((vault) => this.copyTo(vault, name, first), {
      isPatient: true,
    });
    this.#note(copied);
    return name;
  }

  /** Vaults that answer, at least one. */
  async #answering(): Promise<[KnownVault, ...KnownVault[]]> {
    const answering: KnownVault[] = [];
    const failures = await this.#vaults.all(async (vault) => {
      const request = { params: {}, query: {}, body: null };
      await callEndpoint(getVaultStatus, request, vault.transport);
      answering.push(vault);
    });
    const [first, ...others] = [...answering];
    if (first === undefined) throw worstOf(failures);
    this.#note(failures);
    return [first, ...others];
  }

  /** Copies an object from one vault to another. */
  async copyTo(to: KnownVault, name: Digest, from: KnownVault): Promise<void> {
    const copy = await callRaw(getObject, nameRequest(name), from.transport);
    const copied = await this.#uploadTo(to, copy);
    if (!equalBytes(copied, name)) throw refuseChart('OBJECT_MISMATCH');
  }

  async #uploadTo(vault: KnownVault, body: AsyncIterable<Uint8Array>): Promise<Digest> {
    const request = { ...this.#requestTo(vault), body };
    const { names } = await callEndpoint(uploadObject, request, vault.transport);
    return names[0]!;
  }

  /** Deletes an object, or one body of a packed one, in every vault that answers. */
  async delete(
    object: ObjectToDelete,
  ): Promise<{ readonly receipts: DeletionReceipt[]; readonly missing: AccountId[] }> {
    const receipts: DeletionReceipt[] = [];
    const failures = await this.#vaults.all(async (vault) => {
      receipts.push(await this.deleteAt(vault, object));
    });
    return { receipts: [...receipts], missing: failures.map(({ organisation }) => organisation) };
  }

  /**
   * Deletes in one vault.
   *
   * @throws WardError `OBJECT_MISMATCH` where the receipt is not that vault's for this.
   */
  async deleteAt(vault: KnownVault, { name, body }: ObjectToDelete): Promise<DeletionReceipt> {
    const { chart, key } = this.#writer;
    const { organisation, transport } = vault;
    // Who deleted the whole object says so, also where one body of it is meant.
    const subjects = [{ what: 'object', subject: name }];
    if (body !== null) subjects.push({ what: 'body', subject: body.digest });
    const sign = requestSigner(this.#connection, { audience: organisation, key });
    const query = { body: body?.index ?? null };
    const request = { params: { chart, name }, query, body: null, sign };
    const receipt = await callEndpoint(deleteObject, request, transport);
    await this.#checkReceipt(receipt, { organisation, subjects });
    return receipt;
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
}

/** A refusal says more than a silence. */
function worstOf(failures: readonly VaultFailure[]): WardError {
  const all = failures.map(({ failure }) => failure);
  return all.find((each) => !hasCode(each, 'SERVER_UNREACHABLE')) ?? all[0]!;
}
