import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Crypto, equalBytes, type Height, LightBlock } from '@ward/protocol';
import { ENGINE_LIMITS } from '../limits.ts';
import { RecentByHeight } from '../queries/block-archive.ts';

const DIGEST_BYTES = 32;
/** Of each light block: where it begins (6), its length (4), SHA-256 of its bytes. */
const ENTRY_BYTES = 6 + 4 + DIGEST_BYTES;
const LENGTH_AT = 6;
const DIGEST_AT = 10;

interface Entry {
  readonly at: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

/**
 * Light blocks of every height from 1 on, in two files: `records`, and `index` with an entry for
 * each. Nothing here is synced: CometBFT has it all, and what a crash took is asked for again.
 */
export class LightBlockStore {
  readonly #records: number;
  readonly #index: number;
  readonly #crypto: Crypto;
  readonly #recent = new RecentByHeight<LightBlock>(ENGINE_LIMITS.lightBlocksMax);
  #height: Height;
  #end = 0;

  /** @param folder Made where there is none. */
  constructor(folder: string, crypto: Crypto) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#crypto = crypto;
    this.#records = openForever(join(folder, 'records'));
    this.#index = openForever(join(folder, 'index'));
    this.#height = Math.floor(fstatSync(this.#index).size / ENTRY_BYTES);
    this.#recover();
  }

  /** Cuts off what a crash left unfinished. */
  #recover(): void {
    while (this.#height > 0 && this.read(this.#height) === undefined) this.#height--;
    const last = this.#height === 0 ? undefined : this.#entry(this.#height);
    this.#end = last === undefined ? 0 : last.at + last.length;
    ftruncateSync(this.#index, this.#height * ENTRY_BYTES);
    ftruncateSync(this.#records, this.#end);
  }

  /** Height of the newest one; 0 before the first. */
  get height(): Height {
    return this.#height;
  }

  /** @param block Of the next height. */
  append(block: LightBlock): void {
    if (block.header.height !== this.#height + 1) throw new Error('a light block is left out');
    const bytes = LightBlock.encode(block);
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeUIntBE(this.#end, 0, LENGTH_AT);
    entry.writeUInt32BE(bytes.length, LENGTH_AT);
    entry.set(this.#crypto.sha256(bytes), DIGEST_AT);
    writeSync(this.#records, bytes, 0, bytes.length, this.#end);
    writeSync(this.#index, entry, 0, ENTRY_BYTES, this.#height * ENTRY_BYTES);
    this.#end += bytes.length;
    this.#height++;
    this.#recent.add(this.#height, block);
  }

  /** Undefined where it is not there, or is not what was written. */
  read(height: Height): LightBlock | undefined {
    if (height < 1 || height > this.#height) return undefined;
    const known = this.#recent.get(height);
    if (known !== undefined) return known;
    const { at, length, digest } = this.#entry(height);
    if (at + length > fstatSync(this.#records).size) return undefined;
    const bytes = Buffer.alloc(length);
    readSync(this.#records, bytes, 0, length, at);
    if (!equalBytes(this.#crypto.sha256(bytes), digest)) return undefined;
    return this.#recent.add(height, LightBlock.decode(bytes));
  }

  #entry(height: Height): Entry {
    const entry = Buffer.alloc(ENTRY_BYTES);
    readSync(this.#index, entry, 0, ENTRY_BYTES, (height - 1) * ENTRY_BYTES);
    const at = entry.readUIntBE(0, LENGTH_AT);
    return { at, length: entry.readUInt32BE(LENGTH_AT), digest: entry.subarray(DIGEST_AT) };
  }

  close(): void {
    closeSync(this.#records);
    closeSync(this.#index);
  }
}

/** Opens for reading and writing at any place; makes an empty file where there is none. */
function openForever(path: string): number {
  closeSync(openSync(path, 'a', 0o600));
  return openSync(path, 'r+');
}
