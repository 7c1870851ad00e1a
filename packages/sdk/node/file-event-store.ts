import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Crypto,
  concatBytes,
  equalBytes,
  type Random,
  readUint32,
  uint32Bytes,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { EventStore } from '../event-log.ts';
import { type StoreDisk, storeDisk } from './store-disk.ts';

const HEAD = Uint8Array.of(0x57, 0x45, 0x56, 0x01);
const NONCE_BYTES = 12;
const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;
const FRAME_BYTES = LENGTH_BYTES + CHECK_BYTES;
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

export interface FileEventStoreOptions {
  /** File of the events; its folder is made. */
  readonly path: string;
  /** 32 bytes under which every record is sealed. */
  readonly key: Uint8Array;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly disk?: StoreDisk;
}

/** An event store in a file, which is let go by `close`. */
export interface FileStore extends EventStore {
  close(): void;
}

/**
 * Events in one file: u32 length ‖ 8 bytes that authenticate the length ‖ AES-256-GCM record, each
 * bound to its place, so that none can be left out or exchanged. A record that a crash cut is
 * dropped, it was never acknowledged; a length that was altered does not pass for that.
 *
 * @throws WardError `STORE_CORRUPT`.
 */
export async function openFileEventStore(options: FileEventStoreOptions): Promise<FileStore> {
  const store = new FileEventStore(options);
  try {
    await store.recover();
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}

class FileEventStore implements FileStore {
  readonly #options: FileEventStoreOptions;
  readonly #disk: StoreDisk;
  readonly #file: number;
  /** The file that a rewrite put in the place of the first. */
  #replaced: number | undefined;
  #count = 0;
  #size = 0;
  /** Records as they were recovered, until somebody has loaded them. */
  #recovered: Uint8Array[] | undefined;
  /** Set where the end of the file is not known any more: nothing may be written behind it. */
  #failure: unknown;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileEventStoreOptions) {
    this.#options = options;
    this.#disk = options.disk ?? storeDisk;
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    this.#file = openSync(options.path, 'a+', 0o600);
  }

  async recover(): Promise<void> {
    const { path } = this.#options;
    const bytes = new Uint8Array(readFileSync(path));
    const head = bytes.subarray(0, HEAD.length);
    if (!head.every((byte, i) => byte === HEAD[i])) throw this.#corrupt(0);
    if (head.length < HEAD.length) {
      // The process died while it made the file.
      this.#disk.truncate(this.#file, 0);
      await this.#disk.write(this.#file, HEAD);
      await this.#disk.sync(this.#file);
      this.#disk.syncFolder(dirname(path));
      this.#recovered = [];
      this.#size = HEAD.length;
      return;
    }
    const { records, end } = await this.#parse(bytes);
    if (end < bytes.length) this.#disk.truncate(this.#file, end);
    this.#recovered = records;
    this.#count = records.length;
    this.#size = end;
  }

  /** Opens every record; what stands behind the last whole one was being written in a crash. */
  async #parse(bytes: Uint8Array): Promise<{ records: Uint8Array[]; end: number }> {
    const records: Uint8Array[] = [];
    let at = HEAD.length;
    while (at + FRAME_BYTES <= bytes.length) {
      // Some file systems show zeros where bytes were on their way when the power went.
      if (bytes.subarray(at).every((byte) => byte === 0)) break;
      const frame = bytes.subarray(at, at + FRAME_BYTES);
      const length = readUint32(bytes, at);
      const isFrame = equalBytes(frame, this.#frame(length, records.length));
      if (!isFrame || length > RECORD_BYTES_MAX) throw this.#corrupt(records.length);
      const end = at + FRAME_BYTES + length;
      if (end > bytes.length) break;
      records.push(await this.#open(bytes.subarray(at + FRAME_BYTES, end), records.length));
      at = end;
    }
    return { records, end: at };
  }

  #frame(length: number, place: number): Uint8Array {
    const { key, crypto } = this.#options;
    const size = uint32Bytes(length);
    const check = crypto.sha256(concatBytes(key, uint32Bytes(place), size));
    return concatBytes(size, check.subarray(0, CHECK_BYTES));
  }

  #corrupt(record: number) {
    return refuse('STORE_CORRUPT', { record });
  }

  async #open(sealed: Uint8Array, place: number): Promise<Uint8Array> {
    const { key, crypto } = this.#options;
    const nonce = sealed.slice(0, NONCE_BYTES);
    const aad = uint32Bytes(place);
    try {
      return await crypto.aead.open(sealed.subarray(NONCE_BYTES), { key, nonce, aad });
    } catch {
      throw this.#corrupt(place);
    }
  }

  async #seal(record: Uint8Array, place: number): Promise<Uint8Array> {
    const { key, crypto, random } = this.#options;
    const nonce = random.bytes(NONCE_BYTES);
    const sealed = await crypto.aead.seal(record, { key, nonce, aad: uint32Bytes(place) });
    return concatBytes(this.#frame(nonce.length + sealed.length, place), nonce, sealed);
  }

  async load(): Promise<Uint8Array[]> {
    await this.#last;
    const records = this.#recovered;
    this.#recovered = undefined;
    if (records !== undefined) return records;
    return (await this.#parse(new Uint8Array(readFileSync(this.#options.path)))).records;
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      const first = this.#count;
      const sealed = await Promise.all(records.map((each, i) => this.#seal(each, first + i)));
      const bytes = concatBytes(...sealed);
      const file = this.#replaced ?? this.#file;
      try {
        await this.#disk.write(file, bytes);
        await this.#disk.sync(file);
      } catch (error) {
        this.#takeBack(file, error);
        throw error;
      }
      this.#size += bytes.length;
      this.#count += records.length;
      this.#recovered = undefined;
    });
  }

  /** A full disk leaves half a record: take it back, so that the next one stands right. */
  #takeBack(file: number, error: unknown): void {
    try {
      this.#disk.truncate(file, this.#size);
    } catch {
      this.#failure = error;
    }
  }

  rewrite(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      const { path } = this.#options;
      const next = `${path}.next`;
      const sealed = await Promise.all(records.map((each, i) => this.#seal(each, i)));
      const bytes = concatBytes(HEAD, ...sealed);
      const file = this.#disk.create(next);
      try {
        await this.#disk.write(file, bytes);
        await this.#disk.sync(file);
        this.#disk.rename(next, path);
      } catch (error) {
        closeSync(file);
        throw error;
      }
      // From here on the new file is the one: what is appended must not go into the old one.
      if (this.#replaced !== undefined) closeSync(this.#replaced);
      this.#replaced = file;
      this.#size = bytes.length;
      this.#count = records.length;
      this.#recovered = undefined;
      this.#failure = undefined;
      this.#disk.syncFolder(dirname(path));
    });
  }

  close(): void {
    closeSync(this.#file);
    if (this.#replaced !== undefined) closeSync(this.#replaced);
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
