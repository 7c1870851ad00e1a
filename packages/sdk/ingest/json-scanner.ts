import { refuseProtocol } from '@ward/protocol';
import { refuse } from './errors.ts';
import type { Slice } from './json-slices.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** What stands behind a backslash: " \ / b f n r t. */
const ESCAPES = new Set([...'"\\/bfnrt'].map((sign) => sign.charCodeAt(0)));
const LITERALS = ['true', 'false', 'null'];
/** Keys of an object up to which they are compared one by one. */
const FEW_KEYS = 16;
const KEY_CACHE = 512;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Objects and lists of so many bytes are worth remembering where they end. */
const LONG_BYTES = 512;

/** Where long objects and lists end, by where they begin: who looks for members skips them. */
export type LongEnds = Map<number, number>;

/** Keys of an object that is being read. */
interface OpenContainer {
  readonly isObject: boolean;
  readonly start: number;
  readonly few: string[];
  many: Set<string> | undefined;
}

/**
 * Checks one JSON text. It keeps its own stack, so the same bytes have the same answer however
 * large the stack of the platform is.
 */
class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  readonly #open: OpenContainer[] = [];
  readonly #keys: (string | undefined)[] = new Array(KEY_CACHE);
  readonly #longEnds: LongEnds;

  constructor(bytes: Uint8Array, { start, end }: Slice, longEnds: LongEnds) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#longEnds = longEnds;
  }

  scan(): number {
    for (;;) {
      this.#skipSpace();
      if (this.#beginValue()) continue;
      do {
        if (this.#open.length === 0) return this.#at;
      } while (!this.#nextValue());
    }
  }

  #peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  #fail(): Error {
    const offset = this.#at;
    return offset >= this.#end
      ? refuse('JSON_TRUNCATED', { offset })
      : refuse('JSON_MALFORMED', { offset });
  }

  #skipSpace(): void {
    while (isSpace(this.#peek())) this.#at++;
  }

  #expect(byte: number): void {
    if (this.#peek() !== byte) throw this.#fail();
    this.#at++;
  }

  /** Reads a scalar, or opens a container. True when a value inside the container comes next. */
  #beginValue(): boolean {
    const byte = this.#peek();
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) return this.#openContainer(byte);
    if (byte === QUOTE) this.#skipString();
    else if (byte === 0x2d || isDigit(byte)) this.#skipNumber();
    else this.#skipLiteral();
    return false;
  }

  #openContainer(byte: number): boolean {
    const isObject = byte === OPEN_OBJECT;
    if (this.#open.length === LIMITS.jsonDepthMax) {
      throw refuse('JSON_TOO_DEEP', { offset: this.#at, max: LIMITS.jsonDepthMax });
    }
    const start = this.#at++;
    this.#skipSpace();
    if (this.#peek() === (isObject ? CLOSE_OBJECT : CLOSE_LIST)) {
      this.#at++;
      return false;
    }
    this.#open.push({ isObject, start, few: [], many: undefined });
    if (isObject) this.#readKey();
    return true;
  }

  /** Behind a value: true when another one follows in the same container. */
  #nextValue(): boolean {
    const container = this.#open.at(-1)!;
    this.#skipSpace();
    if (this.#peek() === COMMA) {
      this.#at++;
      this.#skipSpace();
      if (container.isObject) this.#readKey();
      return true;
    }
    this.#expect(container.isObject ? CLOSE_OBJECT : CLOSE_LIST);
    this.#open.pop();
    const isLong = this.#at - container.start >= LONG_BYTES;
    if (isLong && this.#longEnds.size < LIMITS.longEndsMax) {
      this.#longEnds.set(container.start, this.#at);
    }
    return false;
  }

  #readKey(): void {
    const offset = this.#at;
    if (this.#peek() !== QUOTE) throw this.#fail();
    const isPlain = this.#skipString();
    const key = isPlain ? this.#plainKey(offset + 1) : this.#escapedKey(offset);
    const container = this.#open.at(-1)!;
    const { few, many } = container;
    if (many === undefined ? few.includes(key) : many.has(key)) {
      throw refuse('JSON_DUPLICATE_KEY', { offset });
    }
    if (many === undefined) {
      few.push(key);
      if (few.length > FEW_KEYS) container.many = new Set(few);
    } else {
      many.add(key);
      const max = LIMITS.jsonMembersMax;
      if (many.size > max) throw refuse('JSON_TOO_MANY_MEMBERS', { offset, max });
    }
    this.#skipSpace();
    this.#expect(COLON);
  }

  #escapedKey(start: number): string {
    return JSON.parse(decoder.decode(this.#bytes.subarray(start, this.#at))) as string;
  }

  /** Most keys of FHIR come again and again: their texts are kept and compared byte by byte. */
  #plainKey(start: number): string {
    const end = this.#at - 1;
    const bytes = this.#bytes;
    let mix = end - start;
    for (let i = start; i < end; i++) mix = (mix * 31 + bytes[i]!) | 0;
    const place = (mix >>> 0) % KEY_CACHE;
    const known = this.#keys[place];
    if (known !== undefined && isAsciiText(known, bytes, { start, end })) return known;
    const key = decoder.decode(bytes.subarray(start, end));
    this.#keys[place] = key;
    return key;
  }

  /** Skips a string. True when its bytes between the quotes are its text. */
  #skipString(): boolean {
    const bytes = this.#bytes;
    let isPlain = true;
    let at = this.#at + 1;
    for (;;) {
      const byte = at < this.#end ? bytes[at]! : -1;
      if (byte === QUOTE) break;
      if (byte >= 0x20 && byte < 0x80 && byte !== BACKSLASH) {
        at++;
        continue;
      }
      this.#at = at;
      if (byte === BACKSLASH) {
        isPlain = false;
        this.#skipEscape();
      } else if (byte >= 0x80) this.#skipPoint();
      else throw this.#fail();
      at = this.#at;
    }
    this.#at = at + 1;
    return isPlain;
  }

  #skipEscape(): void {
    this.#at++;
    const byte = this.#peek();
    if (byte === undefined) throw this.#fail();
    if (byte !== 0x75) {
      if (!ESCAPES.has(byte)) throw this.#fail();
      this.#at++;
      return;
    }
    const offset = this.#at;
    const unit = this.#escapedUnit();
    if (unit < 0xd800 || unit > 0xdfff) return;
    // Half of a surrogate pair is no Unicode text (RFC 7493, section 2.1).
    const isPair =
      unit < 0xdc00 && this.#peek() === BACKSLASH && this.#bytes[this.#at + 1] === 0x75;
    if (!isPair) throw refuseProtocol('TEXT_INVALID', { offset });
    this.#at++;
    const low = this.#escapedUnit();
    if (low < 0xdc00 || low > 0xdfff) throw refuseProtocol('TEXT_INVALID', { offset });
  }

  /** Four hexadecimal digits behind a `u`. */
  #escapedUnit(): number {
    let unit = 0;
    this.#at++;
    for (let i = 0; i < 4; i++) {
      const digit = hexValue(this.#peek());
      if (digit < 0) throw this.#fail();
      unit = unit * 16 + digit;
      this.#at++;
    }
    return unit;
  }

  /** One point of UTF-8 past ASCII (RFC 3629). */
  #skipPoint(): void {
    const offset = this.#at;
    const first = this.#bytes[offset]!;
    const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const bad = () => refuseProtocol('TEXT_INVALID', { offset });
    if (first < 0xc2 || first > 0xf4 || offset + length > this.#end) throw bad();
    const second = this.#bytes[offset + 1]!;
    if (second < secondMin(first) || second > secondMax(first)) throw bad();
    for (let i = 2; i < length; i++) {
      if ((this.#bytes[offset + i]! & 0xc0) !== 0x80) throw bad();
    }
    this.#at += length;
  }

  #skipDigits(): void {
    if (!isDigit(this.#peek())) throw this.#fail();
    while (isDigit(this.#peek())) this.#at++;
  }

  #skipNumber(): void {
    if (this.#peek() === 0x2d) this.#at++;
    if (this.#peek() === 0x30) this.#at++;
    else this.#skipDigits();
    if (this.#peek() === 0x2e) {
      this.#at++;
      this.#skipDigits();
    }
    if (this.#peek() === 0x65 || this.#peek() === 0x45) {
      this.#at++;
      if (this.#peek() === 0x2b || this.#peek() === 0x2d) this.#at++;
      this.#skipDigits();
    }
  }

  #skipLiteral(): void {
    const literal = LITERALS.find((one) => one.charCodeAt(0) === this.#peek());
    if (literal === undefined) throw this.#fail();
    for (let i = 0; i < literal.length; i++) this.#expect(literal.charCodeAt(i));
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isAsciiText(
  text: string,
  bytes: Uint8Array,
  { start, end }: { start: number; end: number },
): boolean {
  if (text.length !== end - start) return false;
  for (let i = start; i < end; i++) if (bytes[i] !== text.charCodeAt(i - start)) return false;
  return true;
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Overlong forms start lower than this. */
function secondMin(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

/** Surrogates, and points past U+10FFFF, go on higher than this. */
function secondMax(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}

/**
 * Checks the JSON value that begins at `start`, space before it allowed: RFC 8259, with the names
 * and texts that RFC 7493 (I-JSON) demands: UTF-8, no half surrogates, no member twice.
 *
 * @param longEnds Takes up where long objects and lists end, as many as it may hold.
 * @returns Offset behind the value; what follows is not looked at.
 * @throws WardError `JSON_MALFORMED`, `JSON_TRUNCATED`, `JSON_TOO_DEEP`, `JSON_DUPLICATE_KEY`,
 * `JSON_TOO_MANY_MEMBERS`, `TEXT_INVALID`.
 */
export function scanJson(
  bytes: Uint8Array,
  { start = 0, end = bytes.length }: Partial<Slice> = {},
  longEnds: LongEnds = new Map(),
): number {
  return new JsonScanner(bytes, { start, end }, longEnds).scan();
}
