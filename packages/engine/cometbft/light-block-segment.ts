import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Crypto, DIGEST_BYTES, equalBytes, type Height } from '@ward/protocol';

/** Of each record: where it begins (6), its length (4), SHA-256 of its bytes. */
const ENTRY_BYTES = 6 + 4 + DIGEST_BYTES;
const LENGTH_AT = 6;
const DIGEST_AT = 10;

interface Entry {
  readonly at: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

/** Records of heights from one on, in two files: `records-N`, and `index-N` with an entry each. */
export class LightBlockSegment {
  readonly first: Height;
  readonly #paths: readonly string[];
  readonly #records: number;
  readonly #index: number;
  readonly #crypto: Crypto;
  #count: number;
  #end = 0;

  constructor(folder: string, first: Height, crypto: Crypto) {
    this.first = first;
    this.#crypto = crypto;
    this.#paths = [join(folder, `records-${first}`), join(folder, `index-${first}`)];
    this.#records = openForever(this.#paths[0]!);
    this.#index = openForever(this.#paths[1]!);
    this.#count = Math.floor(fstatSync(this.#index).size / ENTRY_BYTES);
    this.#recover();
  }

  /** Cuts off what a crash left unfinished. */
  #recover(): void {
    while (this.#count > 0 && this.read(this.height) === undefined) this.#count--;
    const last = this.#count === 0 ? undefined : this.#entry(this.height);
    this.#end = last === undefined ? 0 : last.at + last.length;
    ftruncateSync(this.#index, this.#count * ENTRY_BYTES);
    ftruncateSync(this.#records, this.#end);
  }

  get count(): number {
    return this.#count;
  }

  /** Height of the last record; the one before the first where there is none. */
  get height(): Height {
    return this.first + this.#count - 1;
  }

  /** Adds the record of the next height. */
  append(bytes: Uint8Array): void {
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeUIntBE(this.#end, 0, LENGTH_AT);
    entry.writeUInt32BE(bytes.length, LENGTH_AT);
    entry.set(this.#crypto.sha256(bytes), DIGEST_AT);
    writeWhole(this.#records, bytes, this.#end);
    writeWhole(this.#index, entry, this.#count * ENTRY_BYTES);
    this.#end += bytes.length;
    this.#count++;
  }

  /** Undefined where it is not there, or is not what was written. */
  read(height: Height): Uint8Array | undefined {
    if (height < this.first || height > this.height) return undefined;
    const { at, length, digest } = this.#entry(height);
    if (at + length > fstatSync(this.#records).size) return undefined;
    const bytes = Buffer.alloc(length);
    readSync(this.#records, bytes, 0, length, at);
    return equalBytes(this.#crypto.sha256(bytes), digest) ? bytes : undefined;
  }

  #entry(height: Height): Entry {
    const entry = Buffer.alloc(ENTRY_BYTES);
    readSync(this.#index, entry, 0, ENTRY_BYTES, (height - this.first) * ENTRY_BYTES);
    const at = entry.readUIntBE(0, LENGTH_AT);
    return { at, length: entry.readUInt32BE(LENGTH_AT), digest: entry.subarray(DIGEST_AT) };
  }

  close(): void {
    closeSync(this.#records);
    closeSync(this.#index);
  }

  /** Closes it and removes its files. */
  remove(): void {
    this.close();
    for (const path of this.#paths) rmSync(path, { force: true });
  }
}

/** A disk that is nearly full takes a part, and says so by nothing but the length. */
function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Opens for reading and writing at any place; makes an empty file where there is none. */
function openForever(path: string): number {
  closeSync(openSync(path, 'a', 0o600));
  return openSync(path, 'r+');
}
