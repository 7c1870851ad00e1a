import {
  type Crypto,
  concatBytes,
  type Digest,
  deriveKey,
  encodeCbor,
  type Realm,
  readUint32,
  refuseProtocol,
  uint32Bytes,
} from '@ward/protocol';
import { CHART_LIMITS } from '../limits.ts';

// Bodies are AES-256-GCM in chunks of 64 KiB by the STREAM construction (Hoang, Reyhanitabar,
// Rogaway, Vizár 2015): the nonce is 7 zero bytes, a counter of 4 bytes and a flag on the last
// chunk. Each body has a key of its own, so the prefix need not be random.

export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const SALT_BYTES = 32;

/** key_j = HKDF(k1 ‖ k2, salt label, info j). */
export function bodyKey(
  { k1, k2, label, index }: { k1: Uint8Array; k2: Uint8Array; label: Digest; index: number },
  realm: Realm,
): Uint8Array {
  const key = concatBytes(k1, k2);
  return deriveKey('unit-body', { key, salt: label, parts: [index] }, realm);
}

/** Position of the highest bit of a whole number from 1 on. */
function highestBit(value: number): number {
  let position = 0;
  for (let rest = value; rest >= 2; rest = Math.floor(rest / 2)) position++;
  return position;
}

/**
 * Length up to which a body is padded (Padmé; Nikitin and others, PETS 2019): at most 12 % more,
 * and a length tells no more than O(log log) bits.
 */
export function paddedLength(length: number): number {
  if (length <= CHART_LIMITS.bodyBytesMin) return CHART_LIMITS.bodyBytesMin;
  const exponent = highestBit(length);
  const unit = 2 ** (exponent - highestBit(exponent) - 1);
  return Math.ceil(length / unit) * unit;
}

/** Ciphertext bytes of a plaintext. */
export function sealedLength(plaintextBytes: number): number {
  const chunks = Math.max(1, Math.ceil(plaintextBytes / CHUNK_BYTES));
  return plaintextBytes + chunks * TAG_BYTES;
}

function nonceOf(counter: number, isLast: boolean): Uint8Array {
  return concatBytes(new Uint8Array(7), uint32Bytes(counter), Uint8Array.of(isLast ? 1 : 0));
}

export interface BodyContext {
  readonly key: Uint8Array;
  readonly label: Digest;
  readonly index: number;
}

/** Seals the chunks of one body, each as ciphertext and tag; the last one is marked as such. */
class ChunkSealer {
  readonly #key: Uint8Array;
  readonly #aad: Uint8Array;
  readonly #crypto: Crypto;
  #counter = 0;

  constructor(context: BodyContext, crypto: Crypto) {
    this.#key = context.key;
    this.#aad = aadOf(context);
    this.#crypto = crypto;
  }

  seal(chunk: Uint8Array, isLast: boolean): Promise<readonly Uint8Array[]> {
    const nonce = nonceOf(this.#counter++, isLast);
    return this.#crypto.aead.sealParts(chunk, { key: this.#key, nonce, aad: this.#aad });
  }
}

function aadOf({ label, index }: BodyContext): Uint8Array {
  return concatBytes(label, encodeCbor(index));
}

/**
 * Seals a body chunk by chunk in bounded memory. A chunk goes out once the next one has begun: only
 * then is it known not to be the last.
 */
export async function* sealBody(
  plaintext: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  context: BodyContext,
  crypto: Crypto,
): AsyncGenerator<Uint8Array> {
  const sealer = new ChunkSealer(context, crypto);
  let held: Uint8Array | undefined;
  for await (const chunk of rechunk(plaintext, CHUNK_BYTES)) {
    if (held !== undefined) yield* await sealer.seal(held, false);
    held = chunk;
  }
  yield* await sealer.seal(held ?? new Uint8Array(0), true);
}

/** The same for a body that is in memory: small records are many. */
export async function sealBodyBytes(
  plaintext: Uint8Array,
  context: BodyContext,
  crypto: Crypto,
): Promise<Uint8Array[]> {
  const sealer = new ChunkSealer(context, crypto);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < plaintext.length; at += CHUNK_BYTES) {
    const end = at + CHUNK_BYTES;
    chunks.push(...(await sealer.seal(plaintext.subarray(at, end), end >= plaintext.length)));
  }
  return chunks;
}

/**
 * Opens a body chunk by chunk. Nothing is given out that is not authentic; a body cut at a chunk's
 * end fails at its end.
 *
 * @throws WardError `SEAL_INVALID`.
 */
export async function* openBody(
  sealed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  context: BodyContext,
  crypto: Crypto,
): AsyncGenerator<Uint8Array> {
  const aad = aadOf(context);
  let counter = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of rechunk(sealed, SEALED_CHUNK_BYTES)) {
    if (held !== undefined) {
      const nonce = nonceOf(counter++, false);
      yield crypto.aead.open(held, { key: context.key, nonce, aad });
    }
    held = chunk;
  }
  if (held === undefined) throw refuseProtocol('SEAL_INVALID', { length: 0 });
  yield crypto.aead.open(held, { key: context.key, nonce: nonceOf(counter, true), aad });
}

/**
 * The same for a body that is in memory.
 *
 * @throws WardError `SEAL_INVALID`.
 */
export async function openBodyBytes(
  sealed: Uint8Array,
  context: BodyContext,
  crypto: Crypto,
): Promise<Uint8Array> {
  const { key } = context;
  const aad = aadOf(context);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < sealed.length; at += SEALED_CHUNK_BYTES) {
    const end = at + SEALED_CHUNK_BYTES;
    const nonce = nonceOf(chunks.length, end >= sealed.length);
    chunks.push(await crypto.aead.open(sealed.subarray(at, end), { key, nonce, aad }));
  }
  return chunks.length === 1 ? chunks[0]! : concatBytes(...chunks);
}

/**
 * The same bytes in chunks of exactly `size`, the last one shorter. A chunk stands until the next
 * but one is asked for: two buffers take turns, and are no larger than what came: most bodies are
 * small.
 */
async function* rechunk(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let [chunk, other] = [new Uint8Array(0), new Uint8Array(0)];
  let filled = 0;
  for await (const piece of source) {
    let at = 0;
    while (at < piece.length) {
      const wanted = Math.min(size, filled + piece.length - at);
      if (chunk.length < wanted) chunk = grow(chunk, filled === 0 ? wanted : size);
      const take = wanted - filled;
      chunk.set(piece.subarray(at, at + take), filled);
      filled += take;
      at += take;
      if (filled === size) {
        yield chunk;
        [chunk, other] = [other, chunk];
        filled = 0;
      }
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

function grow(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length);
  grown.set(bytes);
  return grown;
}

/** salt ‖ u32 length ‖ metadata: what stands before a record's bytes. */
export function bodyHead(salt: Uint8Array, metadata: Uint8Array): Uint8Array {
  return concatBytes(salt, uint32Bytes(metadata.length), metadata);
}

export interface BodyHead {
  readonly salt: Uint8Array;
  readonly metadata: Uint8Array;
  /** Bytes of the head: where the record begins. */
  readonly size: number;
}

/**
 * Parses the head from a body's first bytes.
 *
 * @throws WardError `SEAL_INVALID` when it is none.
 */
export function parseBodyHead(bytes: Uint8Array): BodyHead {
  const start = SALT_BYTES + 4;
  const length = bytes.length < start ? -1 : readUint32(bytes, SALT_BYTES);
  if (length < 0 || length > CHART_LIMITS.metadataBytesMax || start + length > bytes.length) {
    throw refuseProtocol('SEAL_INVALID', { length: bytes.length });
  }
  return {
    salt: bytes.slice(0, SALT_BYTES),
    metadata: bytes.slice(start, start + length),
    size: start + length,
  };
}
