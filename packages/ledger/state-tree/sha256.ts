import type { Crypto } from '@ward/protocol';
import { digestBytes, digestWords, LANE_BYTES, LANES, LaneArea } from './sha256-lanes.ts';

export { digestWords, LANES };

const BLOCK_BYTES = 64;
const DIGEST_WORDS = 8;
/** From the first word of a lane to that of the next one. */
export const LANE_WORDS = LANE_BYTES / 4;
/** Words of one pair of hashes: the input of an inner node. */
export const PAIR_WORDS = 16;

const pairs = new LaneArea(0);
const leaves = new LaneArea(1);
const messages = new LaneArea(2);

/** Where the pairs to hash are put, each at the beginning of its lane. */
export const pairWords = pairs.words;

/** Hashes the pairs of {@link pairWords}; `digestWords` has their hashes, lane after lane. */
export function hashPairs(): void {
  pairs.begin();
  pairs.take(1);
  pairs.padBlock();
  pairs.end();
}

const LENGTH_BYTES = 8;
/** Of a message that goes into a lane in one piece. */
const PIECE_BYTES_MAX = LANE_BYTES - LENGTH_BYTES - 1;
const PIECE_BLOCKS = 3;

/** Blocks that a message has with its padding. */
function blocksOf(length: number): number {
  return Math.floor((length + LENGTH_BYTES) / BLOCK_BYTES) + 1;
}

/** Puts the end of a message of `length` bytes into a lane, with the padding behind it. */
function putEnd(lane: number, end: Uint8Array, length: number): void {
  const { bytes } = messages;
  const from = lane * LANE_BYTES;
  const to = from + blocksOf(end.length) * BLOCK_BYTES;
  bytes.set(end, from);
  bytes[from + end.length] = 0x80;
  bytes.fill(0, from + end.length + 1, to - 5);
  // In bits.
  bytes[to - 5] = length >>> 29;
  bytes[to - 4] = length >>> 21;
  bytes[to - 3] = length >>> 13;
  bytes[to - 2] = length >>> 5;
  bytes[to - 1] = length << 3;
}

function digest(bytes: Uint8Array): void {
  const { length } = bytes;
  let at = 0;
  messages.begin();
  for (; length - at > PIECE_BYTES_MAX; at += PIECE_BLOCKS * BLOCK_BYTES) {
    messages.bytes.set(bytes.subarray(at, at + PIECE_BLOCKS * BLOCK_BYTES));
    messages.take(PIECE_BLOCKS);
  }
  putEnd(0, at === 0 ? bytes : bytes.subarray(at), length);
  messages.take(blocksOf(length - at));
  messages.end();
}

/** SHA-256 (FIPS 180-4) as 32 bytes of their own. */
export function sha256(bytes: Uint8Array): Uint8Array {
  digest(bytes);
  return digestBytes.slice(0, 32);
}

/** Longer inputs are left to native code. */
const SHORT_BYTES = 512;

/**
 * The same cryptography with the hash of short inputs made here: the way to native code and back
 * costs more than hashing a slot's address.
 */
export function ledgerCrypto(crypto: Crypto): Crypto {
  const short = (bytes: Uint8Array) =>
    bytes.length <= SHORT_BYTES ? sha256(bytes) : crypto.sha256(bytes);
  return { ...crypto, sha256: short };
}

/** SHA-256 as eight words of `target`, in the byte order of the machine. */
export function sha256Words(bytes: Uint8Array, target: Int32Array, at: number): void {
  digest(bytes);
  for (let i = 0; i < DIGEST_WORDS; i++) target[at + i] = digestWords[i]!;
}

/**
 * SHA-256 of up to {@link LANES} messages, one behind the other in `target`: at once where they are
 * short and have the same number of blocks.
 */
export function sha256Each(batch: readonly Uint8Array[], target: Int32Array, at: number): void {
  const blocks = blocksOf(batch[0]!.length);
  let areAlike = batch[0]!.length <= PIECE_BYTES_MAX;
  for (let i = 1; i < batch.length; i++) areAlike &&= blocksOf(batch[i]!.length) === blocks;
  if (!areAlike) {
    for (let i = 0; i < batch.length; i++) sha256Words(batch[i]!, target, at + i * DIGEST_WORDS);
    return;
  }
  for (let lane = 0; lane < batch.length; lane++) putEnd(lane, batch[lane]!, batch[lane]!.length);
  messages.begin();
  messages.take(blocks);
  messages.end();
  for (let i = 0; i < batch.length * DIGEST_WORDS; i++) target[at + i] = digestWords[i]!;
}

// A leaf is 65 bytes: 00, hash of the key, hash of the value. What pads them never changes.
const LEAF_BITS = 65 * 8;
for (let lane = 0; lane < LANES; lane++) {
  const end = lane * LANE_BYTES + 2 * BLOCK_BYTES;
  leaves.bytes[end - 2] = LEAF_BITS >>> 8;
  leaves.bytes[end - 1] = LEAF_BITS & 0xff;
}

/** Puts a leaf's two hashes behind its zero byte. */
function putLeaf(lane: number, keyHashes: Int32Array, from: number, valueHashes: Int32Array): void {
  const { words } = leaves;
  const to = lane * LANE_WORDS;
  const value = lane * DIGEST_WORDS;
  let before = 0;
  for (let i = 0; i < DIGEST_WORDS; i++) {
    const word = keyHashes[from + i]!;
    words[to + i] = (word << 8) | before;
    before = word >>> 24;
  }
  for (let i = 0; i < DIGEST_WORDS; i++) {
    const word = valueHashes[value + i]!;
    words[to + DIGEST_WORDS + i] = (word << 8) | before;
    before = word >>> 24;
  }
  words[to + 2 * DIGEST_WORDS] = 0x8000 | before;
}

const valueHashes = new Int32Array(LANES * DIGEST_WORDS);

/**
 * Hashes of the leaves of up to {@link LANES} values, whose keys' hashes stand one behind the other
 * at `from`; they are written from `at` on. See `leafHash`.
 */
export function leafWords(
  keyHashes: Int32Array,
  from: number,
  values: readonly Uint8Array[],
  target: Int32Array,
  at: number,
): void {
  sha256Each(values, valueHashes, 0);
  for (let lane = 0; lane < values.length; lane++) {
    putLeaf(lane, keyHashes, from + lane * DIGEST_WORDS, valueHashes);
  }
  leaves.begin();
  leaves.take(2);
  leaves.end();
  for (let i = 0; i < values.length * DIGEST_WORDS; i++) target[at + i] = digestWords[i]!;
}
