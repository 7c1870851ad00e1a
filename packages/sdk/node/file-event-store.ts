import {
  close,
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Crypto, concatBytes, type Random, readUint32, uint32Bytes } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { EventStore } from '../event-log.ts';

const HEAD = Uint8Array.of(0x57, 0x45, 0x56, 0x01);
const NONCE_BYTES = 12;
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

export interface FileEventStoreOptions {
  /** File of the events; its folder is made. */
  readonly path: string;
  /** 32 bytes under which every record is sealed. */
  readonly key: Uint8Array;
  readonly crypto: Crypto;
  readonly random: Random;
}

/**
 * Events in one file: u32 length ‖ AES-256-GCM record, each bound to its place, so that none can be
 * left out or exchanged. A record that a crash cut is dropped; it was never acknowledged.
 */
export async function openFileEventStore(options: FileEventStoreOptions): Promise<EventStore> {
  const store = new FileEventStore(options);
  await store.recover();
  return store;
}

class FileEventStore implements EventStore {
  readonly #options: FileEventStoreOptions;
  #records: Uint8Array[] = [];
  #file: number;
  #size = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileEventStoreOptions) {
    this.#options = options;
    const folder = dirname(options.path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const isNew = !existsSync(options.path);
    this.#file = openSync(options.path, 'a+', 0o600);
    if (isNew) {
      writeSync(this.#file, HEAD);
      fsyncSync(this.#file);
      syncFolder(folder);
    }
  }

  async recover(): Promise<void> {
    const bytes = new Uint8Array(readFileSync(this.#options.path));
    let at = HEAD.length;
    if (!HEAD.every((byte, i) => byte === bytes[i])) throw refuse('STORE_CORRUPT', { record: 0 });
    while (at + 4 <= bytes.length) {
      const length = readUint32(bytes, at);
      if (length > RECORD_BYTES_MAX) throw this.#corrupt();
      const end = at + 4 + length;
      if (end > bytes.length) break;
      this.#records.push(await this.#open(bytes.subarray(at + 4, end)));
      at = end;
    }
    // What stands behind the last whole record was being written when the process died.
    if (at < bytes.length) ftruncateSync(this.#file, at);
    this.#size = at;
  }

  #corrupt() {
    return refuse('STORE_CORRUPT', { record: this.#records.length });
  }

  async #open(sealed: Uint8Array): Promise<Uint8Array> {
    const { key, crypto } = this.#options;
    const nonce = sealed.slice(0, NONCE_BYTES);
    const aad = uint32Bytes(this.#records.length);
    try {
      return await crypto.aead.open(sealed.subarray(NONCE_BYTES), { key, nonce, aad });
    } catch {
      throw this.#corrupt();
    }
  }

  async #seal(record: Uint8Array, place: number): Promise<Uint8Array> {
    const { key, crypto, random } = this.#options;
    const nonce = random.bytes(NONCE_BYTES);
    const sealed = await crypto.aead.seal(record, { key, nonce, aad: uint32Bytes(place) });
    return concatBytes(uint32Bytes(nonce.length + sealed.length), nonce, sealed);
  }

  load(): Promise<Uint8Array[]> {
    return Promise.resolve([...this.#records]);
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      const first = this.#records.length;
      const sealed = await Promise.all(records.map((each, i) => this.#seal(each, first + i)));
      const bytes = concatBytes(...sealed);
      try {
        await writeAll(this.#file, bytes);
        await promisify(fdatasync)(this.#file);
      } catch (error) {
        // A full disk leaves half a record: take it back, so that the next one stands right.
        ftruncateSync(this.#file, this.#size);
        throw error;
      }
      this.#size += bytes.length;
      this.#records.push(...records);
    });
  }

  rewrite(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      const { path } = this.#options;
      const next = `${path}.next`;
      const sealed = await Promise.all(records.map((each, i) => this.#seal(each, i)));
      const bytes = concatBytes(HEAD, ...sealed);
      const file = openSync(next, 'w', 0o600);
      writeSync(file, bytes);
      fsyncSync(file);
      closeSync(file);
      renameSync(next, path);
      syncFolder(dirname(path));
      await promisify(close)(this.#file);
      this.#file = openSync(path, 'a+', 0o600);
      this.#size = bytes.length;
      this.#records = [...records];
    });
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  const writeSome = promisify(write);
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await writeSome(file, bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

function syncFolder(folder: string): void {
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** The key of a home: 32 random bytes in a file that only its owner may read; made when missing. */
export function loadHomeKey(home: string, random: Random): Uint8Array {
  const path = join(home, 'home.key');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, random.bytes(32));
    fsyncSync(file);
    closeSync(file);
    syncFolder(home);
  }
  const key = new Uint8Array(readFileSync(path));
  if (key.length !== 32) throw refuse('STORE_CORRUPT', { record: 0 });
  return key;
}
