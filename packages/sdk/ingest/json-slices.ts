import type { Json } from '@ward/protocol';

/** Where a value stands in its file: from `start` up to `end`. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** JSON that scanJson() has accepted, with what it remembered. */
export interface ScannedJson {
  readonly bytes: Uint8Array;
  readonly longEnds: ReadonlyMap<number, number>;
}

// All of these read JSON that scanJson() has accepted, so they find the ends of values by quotes
// and brackets alone.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** First offset from `start` on that is no space; `end` when there is none. */
export function skipSpace(bytes: Uint8Array, start: number, end = bytes.length): number {
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  return at;
}

/** Offset behind the string whose opening quote stands at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
}

/** Offset behind the value that begins at `start`. */
function endOfValue({ bytes, longEnds }: ScannedJson, start: number): number {
  const known = longEnds.get(start);
  if (known !== undefined) return known;
  let depth = 0;
  let at = start;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else {
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) depth--;
      at++;
    }
    if (depth === 0 && isEndOfScalar(bytes, at)) return at;
  }
}

/** A number or literal goes on until a sign that ends it. */
function isEndOfScalar(bytes: Uint8Array, at: number): boolean {
  const last = bytes[at - 1]!;
  if (last === QUOTE || last === 0x7d || last === 0x5d || at >= bytes.length) return true;
  const byte = bytes[at]!;
  return byte === 0x2c || byte === 0x7d || byte === 0x5d || isSpace(byte);
}

/**
 * Members of the object that begins at `start`, by the names that are wanted; looks no further than
 * the last of them.
 */
export function findMembers<N extends string>(
  json: ScannedJson,
  start: number,
  wanted: readonly N[],
): { readonly [name in N]?: Slice } {
  const { bytes } = json;
  const found: { [name in N]?: Slice } = {};
  let missing = wanted.length;
  let at = skipSpace(bytes, start + 1);
  while (bytes[at] !== 0x7d && missing > 0) {
    const keyEnd = endOfString(bytes, at);
    const key = { start: at, end: keyEnd };
    const name = wanted.find((one) => isText(bytes, key, one));
    const colon = skipSpace(bytes, keyEnd);
    const valueStart = skipSpace(bytes, colon + 1);
    const end = endOfValue(json, valueStart);
    if (name !== undefined) {
      found[name] = { start: valueStart, end };
      missing--;
    }
    at = nextItem(bytes, end);
  }
  return found;
}

/** The string of a slice is `text`, which is ASCII; it may be written with escapes. */
function isText(bytes: Uint8Array, { start, end }: Slice, text: string): boolean {
  const length = end - start - 2;
  if (length < text.length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + 1 + i]!;
    if (byte === BACKSLASH) return readJson(bytes, { start, end }) === text;
    if (byte !== text.charCodeAt(i)) return false;
  }
  return length === text.length;
}

/** Items of the list that begins at `start`; no more than `max` and one. */
export function itemsOf(json: ScannedJson, start: number, max: number): Slice[] {
  const { bytes } = json;
  const items: Slice[] = [];
  let at = skipSpace(bytes, start + 1);
  while (bytes[at] !== 0x5d && items.length <= max) {
    const end = endOfValue(json, at);
    items.push({ start: at, end });
    at = nextItem(bytes, end);
  }
  return items;
}

function nextItem(bytes: Uint8Array, end: number): number {
  const at = skipSpace(bytes, end);
  return bytes[at] === 0x2c ? skipSpace(bytes, at + 1) : at;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of a slice. */
export function readJson(bytes: Uint8Array, { start, end }: Slice): Json {
  return JSON.parse(decoder.decode(bytes.subarray(start, end))) as Json;
}

/** A member of an object itself, never one that all objects have. */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { [name: string]: Json })[name] : undefined;
}

/** {@link memberOf} when it is a text. */
export function textOf(value: Json | undefined, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

/** {@link memberOf} when it is a list, else no items. */
export function listOf(value: Json | undefined, name: string): readonly Json[] {
  const member = memberOf(value, name);
  return Array.isArray(member) ? (member as readonly Json[]) : [];
}

/**
 * A value without the space between its tokens: numbers and strings keep their every byte, so that
 * the same resource has the same digest indented or not.
 */
export function compactJson(bytes: Uint8Array, { start, end }: Slice): Uint8Array {
  const compact = new Uint8Array(end - start);
  let length = 0;
  let isInString = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    // Outside of strings nothing but space is so low.
    if (byte <= SPACE && !isInString) continue;
    compact[length++] = byte;
    if (byte === QUOTE) isInString = !isInString;
    else if (byte === BACKSLASH) compact[length++] = bytes[++at]!;
  }
  return compact.subarray(0, length);
}
