import { newInstance } from '@chainsafe/as-sha256/lib/wasm.js';
import type { Crypto } from '@ward/protocol';

// One instance with its memory in our hands: the package's own functions copy every input and
// output through new arrays, which costs as much as the hashing.
const wasm = newInstance();
const inputAt = wasm.input.value;
const outputAt = wasm.output.value;
const INPUT_BYTES = 512;
const DIGEST_WORDS = 8;
/** Words of one pair of hashes: the input of an inner node. */
export const PAIR_WORDS = 16;
const PAIR_BYTES = 64;
const PAIRS_AT_ONCE = 4;

const input = new Uint8Array(wasm.memory.buffer, inputAt, INPUT_BYTES);
const output = new Uint8Array(wasm.memory.buffer, outputAt, PAIRS_AT_ONCE * 32);

/** Where the pair to hash is put. */
export const pairWords = new Int32Array(wasm.memory.buffer, inputAt, PAIR_WORDS);
/** Where its hash is found. */
export const digestWords = new Int32Array(wasm.memory.buffer, outputAt, DIGEST_WORDS);

/** Hashes the pair of {@link pairWords}. */
export function hashPair(): void {
  wasm.digest64(inputAt, outputAt);
}

/** {@link Crypto.sha256Pairs} where the platform has none. */
export function sha256Pairs(pairs: Uint8Array, digests: Uint8Array): void {
  const count = pairs.length / PAIR_BYTES;
  for (let first = 0; first < count; first += PAIRS_AT_ONCE) {
    const some = Math.min(PAIRS_AT_ONCE, count - first);
    input.set(pairs.subarray(first * PAIR_BYTES, (first + some) * PAIR_BYTES));
    wasm.batchHash4UintArray64s(outputAt);
    digests.set(output.subarray(0, some * 32), first * 32);
  }
}

function digest(bytes: Uint8Array): void {
  if (bytes.length <= INPUT_BYTES) {
    input.set(bytes);
    wasm.digest(bytes.length);
    return;
  }
  wasm.init();
  for (let at = 0; at < bytes.length; at += INPUT_BYTES) {
    const piece = bytes.subarray(at, at + INPUT_BYTES);
    input.set(piece);
    wasm.update(inputAt, piece.length);
  }
  wasm.final(outputAt);
}

/** SHA-256 (FIPS 180-4) as 32 bytes of their own. */
export function sha256(bytes: Uint8Array): Uint8Array {
  digest(bytes);
  return output.slice(0, 32);
}

/** Longest input that one round of SHA-256 takes, behind which its length stands. */
const ONE_ROUND_BYTES = 55;

/**
 * The same cryptography with the hash of the shortest inputs made here: the way to native code and
 * back costs as much as one round.
 */
export function ledgerCrypto(crypto: Crypto): Crypto {
  const short = (bytes: Uint8Array) =>
    bytes.length <= ONE_ROUND_BYTES ? sha256(bytes) : crypto.sha256(bytes);
  return { ...crypto, sha256: short };
}

/** SHA-256 as eight words of `target`, in the byte order of the machine. */
export function sha256Words(bytes: Uint8Array, target: Int32Array, at: number): void {
  digest(bytes);
  for (let i = 0; i < DIGEST_WORDS; i++) target[at + i] = digestWords[i]!;
}

const LEAF_BYTES = 65;
const KEY_HASH_AT = 1;
const VALUE_HASH_AT = 33;
const firstDigest = output.subarray(0, 32);

/** Hash of the leaf of a key, whose hash stands at `from`, and a value: see `leafHash`. */
export function leafWords(
  keyHashes: Int32Array,
  from: number,
  value: Uint8Array,
  target: Int32Array,
  at: number,
): void {
  digest(value);
  input.set(firstDigest, VALUE_HASH_AT);
  for (let i = 0; i < DIGEST_WORDS; i++) {
    const word = keyHashes[from + i]!;
    const to = KEY_HASH_AT + 4 * i;
    input[to] = word;
    input[to + 1] = word >>> 8;
    input[to + 2] = word >>> 16;
    input[to + 3] = word >>> 24;
  }
  input[0] = 0;
  wasm.digest(LEAF_BYTES);
  for (let i = 0; i < DIGEST_WORDS; i++) target[at + i] = digestWords[i]!;
}
