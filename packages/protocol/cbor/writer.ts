import { refuse } from '../errors/protocol-errors.ts';
import { utf8Length, writeUtf8 } from '../utf8.ts';
import { MAJOR } from './reader.ts';

const FIRST_BYTES = 1024;
const SPARE_BYTES_MAX = 64 * 1024;
const NOTHING = new Uint8Array(0);
/** Buffer of a writer that is done: a new one costs more than writing a small value. */
let spare: Uint8Array | undefined;

/** Writes deterministic CBOR (RFC 8949, section 4.2.1) into a buffer that grows. */
export class CborWriter {
  #bytes: Uint8Array;
  #at = 0;

  /** @param sizeBytes To begin with; without it the writer takes a buffer that was used before. */
  constructor(sizeBytes?: number) {
    this.#bytes = sizeBytes === undefined ? takeSpare() : new Uint8Array(sizeBytes);
  }

  #reserve(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }

  #head(major: number, argument: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    const type = major << 5;
    if (argument < 24) {
      bytes[this.#at++] = type | argument;
      return;
    }
    const size = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
    bytes[this.#at++] = type | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27);
    let rest = argument;
    for (let i = this.#at + size - 1; i >= this.#at; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#at += size;
  }

  integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw refuse('CBOR_INTEGER_RANGE', { offset: this.#at });
    if (value >= 0) this.#head(MAJOR.unsigned, value);
    else this.#head(MAJOR.negative, -1 - value);
  }

  byteString(value: Uint8Array): void {
    this.#head(MAJOR.bytes, value.length);
    this.raw(value);
  }

  text(value: string): void {
    const length = utf8Length(value);
    this.#head(MAJOR.text, length);
    this.#reserve(length);
    this.#at = writeUtf8(value, this.#bytes, this.#at);
  }

  list(count: number): void {
    this.#head(MAJOR.list, count);
  }

  map(count: number): void {
    this.#head(MAJOR.map, count);
  }

  /** A byte string's head alone: the content follows from elsewhere. */
  byteStringHead(length: number): void {
    this.#head(MAJOR.bytes, length);
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value ? 0xf5 : 0xf4;
  }

  null(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = 0xf6;
  }

  /** Bytes that are CBOR already. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** What was written, as a copy of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** What was written, as a view that counts until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Lets the next writer have the buffer; this one, and every {@link view}, is used up. */
  release(): void {
    if (this.#bytes.length <= SPARE_BYTES_MAX) spare = this.#bytes;
    this.#bytes = NOTHING;
    this.#at = 0;
  }
}

function takeSpare(): Uint8Array {
  const taken = spare ?? new Uint8Array(FIRST_BYTES);
  spare = undefined;
  return taken;
}
