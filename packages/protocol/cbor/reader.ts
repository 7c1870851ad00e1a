import { refuse } from '../errors/protocol-errors.ts';
import { decodeUtf8 } from '../utf8.ts';
import { CBOR_LIMITS } from './limits.ts';

/** Major types of RFC 8949 that Ward uses. */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  simple: 7,
} as const;

const SIMPLE_FALSE = 20;
const SIMPLE_TRUE = 21;
const SIMPLE_NULL = 22;

/**
 * Pulls values one by one out of deterministic CBOR (RFC 8949, section 4.2.1) and refuses every
 * other form on the way, so that what was read has no second encoding. It never recurses.
 */
export class CborReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #isShared: boolean;
  at: number;

  /** @param isShared Byte strings are views of `bytes`, which then must never change. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length, isShared = false) {
    // A Node Buffer's slice is a view; a plain Uint8Array's is a copy, which is what we hand out.
    const isPlain = bytes.constructor === Uint8Array;
    this.bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#isShared = isShared;
    this.at = at;
    this.end = end;
  }

  /** Major type of the next value. */
  peekMajor(): number {
    if (this.at >= this.end) throw refuse('CBOR_TRUNCATED', { offset: this.at });
    return this.bytes[this.at]! >> 5;
  }

  /** The next value is null; if so it is consumed. */
  takeNull(): boolean {
    if (this.at >= this.end) throw refuse('CBOR_TRUNCATED', { offset: this.at });
    if (this.bytes[this.at] !== ((MAJOR.simple << 5) | SIMPLE_NULL)) return false;
    this.at++;
    return true;
  }

  /** Argument of the next head, which must have the major type `major`; -1 if it has another. */
  head(major: number): number {
    const { at } = this;
    if (at >= this.end) throw refuse('CBOR_TRUNCATED', { offset: at });
    const first = this.bytes[at]!;
    if (first >> 5 !== major) return -1;
    const short = first & 31;
    if (short < 24) {
      this.at = at + 1;
      return short;
    }
    return this.#longHead(short);
  }

  #longHead(short: number): number {
    const { at, bytes } = this;
    if (short > 27) throw refuse('CBOR_FORBIDDEN', { offset: at });
    const size = 1 << (short - 24);
    if (at + 1 + size > this.end) throw refuse('CBOR_TRUNCATED', { offset: at });
    let value = 0;
    for (let i = at + 1; i <= at + size; i++) value = value * 256 + bytes[i]!;
    if (value > Number.MAX_SAFE_INTEGER) throw refuse('CBOR_INTEGER_RANGE', { offset: at });
    const smallest =
      short === 24 ? 24 : short === 25 ? 0x100 : short === 26 ? 0x10000 : 0x100000000;
    if (value < smallest) throw refuse('CBOR_NOT_CANONICAL', { offset: at });
    this.at = at + 1 + size;
    return value;
  }

  /** A safe integer, or undefined (nothing consumed) when the next value is something else. */
  integer(): number | undefined {
    const unsigned = this.head(MAJOR.unsigned);
    if (unsigned >= 0) return unsigned;
    const start = this.at;
    const negative = this.head(MAJOR.negative);
    if (negative < 0) return undefined;
    if (negative === Number.MAX_SAFE_INTEGER) throw refuse('CBOR_INTEGER_RANGE', { offset: start });
    return -1 - negative;
  }

  /** A byte string, as a copy unless told; undefined when the next value is something else. */
  byteString(): Uint8Array | undefined {
    const start = this.#string(MAJOR.bytes);
    if (start < 0) return undefined;
    return this.#isShared ? this.bytes.subarray(start, this.at) : this.bytes.slice(start, this.at);
  }

  text(): string | undefined {
    const start = this.#string(MAJOR.text);
    return start < 0 ? undefined : decodeUtf8(this.bytes, start, this.at);
  }

  /** Passes over a string, whatever it holds; false, and nothing passed, for another type. */
  skipString(major: 2 | 3): boolean {
    return this.#string(major) >= 0;
  }

  /** Start of a string's content, with `at` moved behind it; -1 for another type. */
  #string(major: number): number {
    const offset = this.at;
    const length = this.head(major);
    if (length < 0) return -1;
    const max = CBOR_LIMITS.stringBytesMax;
    if (length > max) throw refuse('CBOR_TOO_LONG', { offset, max });
    if (length > this.end - this.at) throw refuse('CBOR_TRUNCATED', { offset });
    const start = this.at;
    this.at = start + length;
    return start;
  }

  /** Number of items of a list or pairs of a map; -1 for another type. */
  count(major: 4 | 5): number {
    const offset = this.at;
    const count = this.head(major);
    if (count < 0) return -1;
    // Each item takes at least a byte: no count can make the reader reserve what is not there.
    const max = Math.min(CBOR_LIMITS.itemsMax, major === MAJOR.map ? count : this.end - this.at);
    if (count > CBOR_LIMITS.itemsMax) throw refuse('CBOR_TOO_LONG', { offset, max });
    if (count * (major === MAJOR.map ? 2 : 1) > this.end - this.at) {
      throw refuse('CBOR_TRUNCATED', { offset });
    }
    return count;
  }

  /** true, false or null; undefined when the next value is something else. */
  simple(): boolean | null | undefined {
    const offset = this.at;
    if (this.peekMajor() !== MAJOR.simple) return undefined;
    const argument = this.bytes[offset]! & 31;
    if (argument === SIMPLE_FALSE || argument === SIMPLE_TRUE || argument === SIMPLE_NULL) {
      this.at++;
      return argument === SIMPLE_NULL ? null : argument === SIMPLE_TRUE;
    }
    throw refuse('CBOR_FORBIDDEN', { offset });
  }

  /** Refuses bytes behind the value that was read. */
  finish(): void {
    if (this.at !== this.end) throw refuse('CBOR_TRAILING', { offset: this.at });
  }
}
