import { refuse } from '../errors/protocol-errors.ts';
import { CBOR_LIMITS } from './limits.ts';
import { CborReader, MAJOR } from './reader.ts';
import { CborWriter } from './writer.ts';

/** All that Ward's CBOR can hold; map keys are integers. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** A list or map that is not complete yet. */
interface Open {
  readonly items: CborValue[];
  readonly map: Map<number, CborValue> | undefined;
  left: number;
  /** Key of the value that comes next, and the key before it. */
  key: number | undefined;
  lastKey: number | undefined;
}

/**
 * Decodes one deterministic CBOR value and nothing behind it.
 *
 * @param bytes Depth, counts, strings and integers as in {@link CBOR_LIMITS}.
 * @throws WardError `CBOR_TRUNCATED`, `CBOR_TRAILING`, `CBOR_NOT_CANONICAL`, `CBOR_FORBIDDEN`,
 * `CBOR_TOO_DEEP`, `CBOR_TOO_LONG`, `CBOR_INTEGER_RANGE` or `TEXT_INVALID`.
 * @example decodeCbor(Uint8Array.of(0x82, 0x01, 0x02)) // [1, 2]
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const open: Open[] = [];
  for (let count = 0; ; count++) {
    if (count === CBOR_LIMITS.valuesMax) {
      throw refuse('CBOR_TOO_LONG', { offset: reader.at, max: CBOR_LIMITS.valuesMax });
    }
    let value: CborValue | undefined = readOne(reader, open);
    // A value completes the list or map around it, which may complete the one around that.
    while (value !== undefined) {
      const around = open.at(-1);
      if (around === undefined) {
        reader.finish();
        return value;
      }
      value = addTo(around, value, reader);
      if (value !== undefined) open.pop();
    }
  }
}

/** The next value, or undefined when it is a list or map that was pushed on `open`. */
function readOne(reader: CborReader, open: Open[]): CborValue | undefined {
  const offset = reader.at;
  const major = reader.peekMajor();
  if (major <= MAJOR.negative) return reader.integer()!;
  if (major === MAJOR.bytes) return reader.byteString()!;
  if (major === MAJOR.text) return reader.text()!;
  if (major === MAJOR.simple) return reader.simple()!;
  if (major !== MAJOR.list && major !== MAJOR.map) throw refuse('CBOR_FORBIDDEN', { offset });
  const count = reader.count(major);
  if (open.length >= CBOR_LIMITS.depthMax) {
    throw refuse('CBOR_TOO_DEEP', { offset, max: CBOR_LIMITS.depthMax });
  }
  const map = major === MAJOR.map ? new Map<number, CborValue>() : undefined;
  if (count === 0) return map ?? [];
  open.push({ items: [], map, left: count, key: undefined, lastKey: undefined });
  return undefined;
}

/** Adds to a list or map; returns it when it is complete. */
function addTo(around: Open, value: CborValue, reader: CborReader): CborValue | undefined {
  if (around.map === undefined) {
    around.items.push(value);
    return --around.left === 0 ? around.items : undefined;
  }
  if (around.key === undefined) {
    if (typeof value !== 'number') throw refuse('CBOR_FORBIDDEN', { offset: reader.at });
    if (around.lastKey !== undefined && keyOrder(around.lastKey, value) >= 0) {
      throw refuse('CBOR_NOT_CANONICAL', { offset: reader.at });
    }
    around.key = value;
    around.lastKey = value;
    return undefined;
  }
  around.map.set(around.key, value);
  around.key = undefined;
  return --around.left === 0 ? around.map : undefined;
}

/** Bytewise order of the encoded keys: 0, 1, 2 … before -1, -2 … */
function keyOrder(a: number, b: number): number {
  if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
  return a < 0 ? b - a : a - b;
}

/** A list that is being written, or a map as the list of its keys and values. */
interface Unfinished {
  readonly items: readonly CborValue[];
  next: number;
}

/**
 * Encodes deterministically.
 *
 * @throws WardError `CBOR_INTEGER_RANGE` for a number that is no safe integer, `CBOR_TOO_DEEP`,
 * `TEXT_INVALID`.
 * @example encodeCbor([1, 'a', null])
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const writer = new CborWriter();
  writeCbor(writer, value);
  const written = writer.finish();
  writer.release();
  return written;
}

/** Writes one value behind what the writer holds already. @throws WardError as `encodeCbor`. */
export function writeCbor(writer: CborWriter, value: CborValue): void {
  const open: Unfinished[] = [];
  let next: CborValue | undefined = value;
  do {
    const items = writeOne(writer, next);
    if (items !== undefined && open.push({ items, next: 0 }) > CBOR_LIMITS.depthMax) {
      throw refuse('CBOR_TOO_DEEP', { offset: 0, max: CBOR_LIMITS.depthMax });
    }
    next = nextItem(open);
  } while (next !== undefined);
}

/** The next value to write; undefined when all lists are complete. */
function nextItem(open: Unfinished[]): CborValue | undefined {
  for (let around = open.at(-1); around !== undefined; around = open.at(-1)) {
    if (around.next < around.items.length) {
      const item = around.items[around.next++];
      // Not the end of the list: a hole, which would cut off all that follows.
      if (item === undefined) throw new Error('undefined has no place in CBOR');
      return item;
    }
    open.pop();
  }
  return undefined;
}

/** Writes a value, or the head of a list or map and returns what is inside. */
function writeOne(writer: CborWriter, value: CborValue): readonly CborValue[] | undefined {
  if (typeof value === 'number') writer.integer(value);
  else if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'boolean') writer.boolean(value);
  else if (value === null) writer.null();
  else if (value instanceof Uint8Array) writer.byteString(value);
  else if (isMap(value)) {
    const pairs = [...value].sort((a, b) => keyOrder(a[0], b[0]));
    writer.map(pairs.length);
    return pairs.flat();
  } else if (Array.isArray(value)) {
    writer.list(value.length);
    return value;
  } else throw new Error('the value has no place in CBOR');
  return undefined;
}

function isMap(
  value: readonly CborValue[] | ReadonlyMap<number, CborValue>,
): value is ReadonlyMap<number, CborValue> {
  return value instanceof Map;
}
