import {
  type Crypto,
  concatBytes,
  encodeUtf8,
  equalBytes,
  type Random,
  type Tag,
} from '@ward/protocol';

const BLOCK_BYTES = 128;
const DOMAIN_BYTES_MAX = 255;
/** One draw in 2^252 is zero; a source that gives zero over and over is broken. */
const DRAWS_MAX = 8;
const UPPER_HALF = new Uint8Array(32);

/** expand_message_xmd with SHA-512 (RFC 9380, section 5.3.1), for at most 64 bytes. */
export function expandMessage(message: Uint8Array, dst: Uint8Array, crypto: Crypto): Uint8Array {
  const { sha512 } = crypto.ristretto;
  if (dst.length > DOMAIN_BYTES_MAX) throw new Error('a domain of at most 255 bytes');
  const dstPrime = concatBytes(dst, Uint8Array.of(dst.length));
  const lengthAndZero = Uint8Array.of(0, 64, 0);
  const first = sha512(concatBytes(new Uint8Array(BLOCK_BYTES), message, lengthAndZero, dstPrime));
  return sha512(concatBytes(first, Uint8Array.of(1), dstPrime));
}

/** Tag as the domain of RFC 9380 and RFC 9497. */
export function domain(tag: Tag): Uint8Array {
  return encodeUtf8(`ward/${tag}/v1`);
}

/** Hash to a scalar (RFC 9497, section 4.1). */
export function hashToScalar(message: Uint8Array, dst: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.ristretto.reduceScalar(expandMessage(message, dst, crypto));
}

/** A uniform scalar that is not zero. */
export function randomScalar(random: Random, crypto: Crypto): Uint8Array {
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const scalar = crypto.ristretto.reduceScalar(random.bytes(64));
    if (scalar.some((byte) => byte !== 0)) return scalar;
  }
  throw new Error('a source of randomness that gives zeros');
}

/**
 * Whether bytes are the one encoding of a scalar: below the order of the group (RFC 9497, section
 * 4.1, DeserializeScalar). libsodium multiplies by others too, and ignores their highest bit.
 */
export function isScalar(bytes: Uint8Array, crypto: Crypto): boolean {
  if (bytes.length !== 32) return false;
  return equalBytes(crypto.ristretto.reduceScalar(concatBytes(bytes, UPPER_HALF)), bytes);
}

/** A small whole number as a scalar. */
export function scalarOf(value: number): Uint8Array {
  const scalar = new Uint8Array(32);
  let rest = value;
  for (let i = 0; rest > 0; i++) {
    scalar[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return scalar;
}

let secondBase: Uint8Array | undefined;

/** Ḡ: a second generator whose discrete logarithm nobody knows. */
export function secondGenerator(crypto: Crypto): Uint8Array {
  secondBase ??= crypto.ristretto.fromUniform(
    expandMessage(new Uint8Array(0), domain('release'), crypto),
  );
  return secondBase;
}
