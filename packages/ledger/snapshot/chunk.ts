import { DIGEST_BYTES, type TransactionId } from '@ward/protocol';
import { splitRecord } from '../log/block-frame.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { DEPTH_MAX } from './range-verifier.ts';

/**
 * A snapshot is a row of chunks, first those of the state, then those of transaction ids:
 *
 * state  1 · kind 1 · records 4 · depth of the last leaf 2 · for each of 256 levels a bit: right of
 *        the last leaf's way there is something 32 · hash 32 of each such subtree, from the root
 *        down · for each record [length of the key 2, length of the value 4, key, value]
 * ids    1 · kind 2 · blocks 4 · for each block [minute 6, ids 4, chain before 32, ids 32 each]
 *
 * Numbers are unsigned, most significant byte first. Records stand in the order of the hashes of
 * their keys; blocks by minute, the newest first.
 */
const VERSION = 1;
const STATE = 1;
const IDS = 2;
const HEAD_BYTES = 6;
const BITMAP_AT = 8;
const BITMAP_BYTES = DEPTH_MAX / 8;
const GROUP_HEAD_BYTES = 42;
const RECORD_HEAD_BYTES = 6;

export const SNAPSHOT_LIMITS = {
  /** Bytes of records or ids that one chunk carries; more than one record or block can have. */
  bodyBytesMax: 1024 * 1024,
  /** Bytes of a whole chunk. */
  chunkBytesMax: 1024 * 1024 + BITMAP_AT + BITMAP_BYTES + DEPTH_MAX * DIGEST_BYTES,
  /** Chunks of one snapshot: 64 GB. */
  chunksMax: 65_536,
} as const;

/** Ids that one block took and that end within one minute. */
export interface IdGroup {
  readonly minute: number;
  /** The minute's chain before these ids. */
  readonly chainBefore: Uint8Array;
  /** Ids one behind the other, in the order of the block. */
  readonly ids: Uint8Array;
}

export interface ChunkRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Both, as they stand in the chunk and in the log. */
  readonly bytes: Uint8Array;
}

export type Chunk =
  | {
      readonly kind: 'state';
      readonly records: readonly ChunkRecord[];
      readonly depth: number;
      /** By depth: hash of the subtree right of the last leaf's way; zeros where it is empty. */
      readonly right: Int32Array;
    }
  | { readonly kind: 'ids'; readonly groups: readonly IdGroup[] };

export type StateChunk = Extract<Chunk, { readonly kind: 'state' }>;

/** Encodes a chunk of records as they stand in the log. */
export function encodeStateChunk(
  records: readonly Uint8Array[],
  { depth, right }: { readonly depth: number; readonly right: readonly (Uint8Array | null)[] },
): Uint8Array {
  const siblings = right.filter((hash) => hash !== null);
  const bodyAt = BITMAP_AT + BITMAP_BYTES + siblings.length * DIGEST_BYTES;
  const length = records.reduce((sum, record) => sum + record.length, bodyAt);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = STATE;
  view.setUint32(2, records.length);
  view.setUint16(6, depth);
  for (const [level, hash] of right.entries()) {
    if (hash !== null) bytes[BITMAP_AT + (level >> 3)]! |= 0x80 >> (level & 7);
  }
  let at = BITMAP_AT + BITMAP_BYTES;
  for (const part of [...siblings, ...records]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Encodes a chunk of ids. */
export function encodeIdChunk(groups: readonly IdGroup[]): Uint8Array {
  const length = groups.reduce((sum, group) => sum + groupBytes(group), HEAD_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = IDS;
  view.setUint32(2, groups.length);
  let at = HEAD_BYTES;
  for (const group of groups) {
    view.setUint16(at, Math.floor(group.minute / 2 ** 32));
    view.setUint32(at + 2, group.minute % 2 ** 32);
    view.setUint32(at + 6, group.ids.length / DIGEST_BYTES);
    bytes.set(group.chainBefore, at + 10);
    bytes.set(group.ids, at + GROUP_HEAD_BYTES);
    at += groupBytes(group);
  }
  return bytes;
}

/** Bytes that a group takes in a chunk. */
export function groupBytes({ ids }: IdGroup): number {
  return GROUP_HEAD_BYTES + ids.length;
}

/** The ids of a group, each for itself. */
export function idsOf({ ids }: IdGroup): TransactionId[] {
  return Array.from({ length: ids.length / DIGEST_BYTES }, (_, i) =>
    ids.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
  );
}

/** Reads a chunk; undefined for anything that {@link encodeStateChunk} and its like never make. */
export function parseChunk(bytes: Uint8Array): Chunk | undefined {
  if (bytes.length < HEAD_BYTES || bytes.length > SNAPSHOT_LIMITS.chunkBytesMax) return undefined;
  if (bytes[0] !== VERSION) return undefined;
  if (bytes[1] === STATE) return parseState(bytes);
  return bytes[1] === IDS ? parseIds(bytes) : undefined;
}

function parseState(bytes: Uint8Array): Chunk | undefined {
  let at = BITMAP_AT + BITMAP_BYTES;
  if (bytes.length < at) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(2);
  const depth = view.getUint16(6);
  if (depth > DEPTH_MAX || count === 0) return undefined;
  const right = new Int32Array(DEPTH_MAX * HASH_WORDS);
  const rightBytes = new Uint8Array(right.buffer);
  for (let level = 0; level < DEPTH_MAX; level++) {
    if ((bytes[BITMAP_AT + (level >> 3)]! & (0x80 >> (level & 7))) === 0) continue;
    if (level >= depth || at + DIGEST_BYTES > bytes.length) return undefined;
    const hash = bytes.subarray(at, at + DIGEST_BYTES);
    if (hash.every((byte) => byte === 0)) return undefined;
    rightBytes.set(hash, level * DIGEST_BYTES);
    at += DIGEST_BYTES;
  }
  const records = parseRecords(bytes, at, count);
  return records && { kind: 'state', records, depth, right };
}

function parseRecords(bytes: Uint8Array, from: number, count: number): ChunkRecord[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (count > (bytes.length - from) / RECORD_HEAD_BYTES) return undefined;
  const records: ChunkRecord[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + RECORD_HEAD_BYTES > bytes.length) return undefined;
    const end = at + RECORD_HEAD_BYTES + view.getUint16(at) + view.getUint32(at + 2);
    if (end > bytes.length) return undefined;
    const record = bytes.subarray(at, end);
    const split = splitRecord(record);
    if (split === undefined) return undefined;
    records.push({ ...split, bytes: record });
    at = end;
  }
  return at === bytes.length ? records : undefined;
}

function parseIds(bytes: Uint8Array): Chunk | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(2);
  if (count === 0 || count > (bytes.length - HEAD_BYTES) / GROUP_HEAD_BYTES) return undefined;
  const groups: IdGroup[] = [];
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + GROUP_HEAD_BYTES > bytes.length) return undefined;
    const minute = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
    const first = at + GROUP_HEAD_BYTES;
    const end = first + view.getUint32(at + 6) * DIGEST_BYTES;
    if (end > bytes.length || end === first) return undefined;
    groups.push({ minute, chainBefore: bytes.slice(at + 10, first), ids: bytes.slice(first, end) });
    at = end;
  }
  return at === bytes.length ? { kind: 'ids', groups } : undefined;
}
