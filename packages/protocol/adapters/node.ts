import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  createSecretKey,
  hash as hashOnce,
  type KeyObject,
  randomBytes,
  verify as verifySignature,
} from 'node:crypto';
import type { AEAD, KDF } from 'hpke';
import sodiumWasm from 'libsodium-wrappers-sumo';
import sodium from 'sodium-native';
import { concatBytes } from '../bytes.ts';
import type { Aead, AeadOptions, Clock, Crypto, Ed25519, P256, Random } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { checkAeadOptions } from './aead-options.ts';
import { deriveHkdf, expandHkdf } from './hkdf.ts';
import { hpkeKem } from './hpke.ts';
import { nodeXWing } from './node-xwing.ts';
import { sodiumRistretto } from './ristretto.ts';
import { type Edwards, signatureRules } from './signature-rules.ts';

const TAG_BYTES = 16;

const DIGEST_BYTES = 32;

/**
 * OpenSSL uses what processors have for SHA-256. A digest comes as a text of its bytes: to get one
 * as a buffer takes three times as long as to hash a transaction.
 */
function sha256(bytes: Uint8Array): Uint8Array {
  const text = hashOnce('sha256', bytes, 'binary');
  const digest = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

const HMAC_BLOCK_BYTES = 64;

/**
 * HMAC (RFC 2104) over libsodium's SHA-256. node:crypto's own takes five times as long to begin,
 * and slot addresses, derived keys and every HPKE seal are made of short ones.
 */
function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const own = key.length > HMAC_BLOCK_BYTES ? sha256(key) : key;
  const inner = new Uint8Array(HMAC_BLOCK_BYTES + bytes.length);
  const outer = new Uint8Array(HMAC_BLOCK_BYTES + DIGEST_BYTES);
  for (let i = 0; i < HMAC_BLOCK_BYTES; i++) {
    const byte = i < own.length ? own[i]! : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  inner.set(bytes, HMAC_BLOCK_BYTES);
  sodium.crypto_hash_sha256(outer.subarray(HMAC_BLOCK_BYTES), inner);
  const code = new Uint8Array(DIGEST_BYTES);
  sodium.crypto_hash_sha256(code, outer);
  return code;
}

/** sodium-native writes into its first argument, and throws where libsodium refuses. */
function filled(length: number, fill: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(bytes);
  return bytes;
}

const edwards: Edwards = {
  // Anything but true is a refusal: for some inputs the binding answers undefined.
  verify: (signature, message, publicKey) =>
    sodium.crypto_sign_verify_detached(signature, message, publicKey) === true,
  sha512: (bytes) => filled(64, (digest) => sodium.crypto_hash_sha512(digest, bytes)),
  reduceScalar: (bytes) =>
    filled(32, (scalar) => sodium.crypto_core_ed25519_scalar_reduce(scalar, bytes)),
  add: (a, b) => filled(32, (sum) => sodium.crypto_core_ed25519_add(sum, a, b)),
  multiply: (scalar, point) =>
    filled(32, (product) => sodium.crypto_scalarmult_ed25519_noclamp(product, scalar, point)),
  multiplyBase: (scalar) =>
    filled(32, (product) => sodium.crypto_scalarmult_ed25519_base_noclamp(product, scalar)),
};

const ed25519: Ed25519 = {
  keyPair(seed) {
    if (seed.length !== 32) throw refuse('KEY_INVALID', { length: seed.length });
    const publicKey = Buffer.alloc(32);
    const secretKey = Buffer.alloc(64);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey: new Uint8Array(publicKey), secretKey: new Uint8Array(secretKey) };
  },
  sign(message, secretKey) {
    if (secretKey.length !== 64) throw refuse('KEY_INVALID', { length: secretKey.length });
    const signature = new Uint8Array(64);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  },
  ...signatureRules(edwards),
};

/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

function p256Key(publicKey: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return undefined;
  try {
    const key = Buffer.concat([P256_SPKI_PREFIX, publicKey]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

const p256: P256 = {
  verify(signature, message, publicKey) {
    const key = signature.length === 64 ? p256Key(publicKey) : undefined;
    if (key === undefined) return false;
    return verifySignature('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  },
};

// A key object: node:crypto takes ten times as long to begin with the bytes of a key.
function sealParts(
  { key, nonce, aad }: AeadOptions,
  plaintext: Uint8Array,
): [ciphertext: Uint8Array, tag: Uint8Array] {
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  // A mode of streams: nothing is left for the end.
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

function sealGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  return concatBytes(...sealParts({ key, nonce, aad }, plaintext));
}

function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const { length } = sealed;
  if (length < TAG_BYTES) throw refuse('SEAL_INVALID', { length });
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, options);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(length - TAG_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(0, length - TAG_BYTES));
    decipher.final();
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  } catch {
    throw refuse('SEAL_INVALID', { length });
  }
}

const aead: Aead = {
  async seal(plaintext, options) {
    checkAeadOptions(options);
    return sealGcm(options.key, options.nonce, options.aad, plaintext);
  },
  async sealParts(plaintext, options) {
    checkAeadOptions(options);
    return sealParts(options, plaintext).map(
      ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length),
    ) as [Uint8Array, Uint8Array];
  },
  async open(sealed, options) {
    checkAeadOptions(options);
    return openGcm(options.key, options.nonce, options.aad, sealed);
  },
};

const kdf: KDF = {
  id: 0x0001,
  type: 'KDF',
  name: 'HKDF-SHA256',
  Nh: 32,
  stages: 2,
  Extract: async (salt, ikm) => hmacSha256(salt, ikm),
  Expand: async (prk, info, length) => expandHkdf(hmacSha256, prk, { info, length }),
  Derive: async () => {
    throw new Error('HKDF has two stages');
  },
};

const hpkeAead: AEAD = {
  id: 0x0002,
  type: 'AEAD',
  name: 'AES-256-GCM',
  Nk: 32,
  Nn: 12,
  Nt: TAG_BYTES,
  Seal: async (key, nonce, aad, plaintext) => sealGcm(key, nonce, aad, plaintext),
  Open: async (key, nonce, aad, sealed) => openGcm(key, nonce, aad, sealed),
};

/** There is no native code for every platform; others hash pair by pair. */
async function nativePairs(): Promise<Crypto['sha256Pairs']> {
  try {
    return (await import('@chainsafe/hashtree')).hashInto;
  } catch {
    return undefined;
  }
}

/** The `Crypto` port on OpenSSL (node:crypto) and libsodium. */
export async function loadCrypto(): Promise<Crypto> {
  await sodiumWasm.ready;
  const pairs = await nativePairs();
  return {
    sha256,
    ...(pairs === undefined ? {} : { sha256Pairs: pairs }),
    sha256Stream() {
      const hash = createHash('sha256');
      return {
        update: (bytes) => {
          hash.update(bytes);
        },
        digest: () => new Uint8Array(hash.digest()),
      };
    },
    hmacSha256,
    hkdfSha256: (options) => deriveHkdf(hmacSha256, options),
    ed25519,
    p256,
    ristretto: sodiumRistretto(sodiumWasm),
    aead,
    kem: hpkeKem({ xwing: nodeXWing, kdf: () => kdf, aead: () => hpkeAead }),
  };
}

/** A call to the system costs as much for 32 bytes as for a page: short ones come from a page. */
const RANDOM_PAGE_BYTES = 4096;
const RANDOM_SHORT_BYTES = 256;
let randomPage = new Uint8Array(0);
let randomUsed = 0;

function shortRandom(length: number): Uint8Array {
  if (randomUsed + length > randomPage.length) {
    randomPage = new Uint8Array(randomBytes(RANDOM_PAGE_BYTES));
    randomUsed = 0;
  }
  const taken = randomPage.slice(randomUsed, randomUsed + length);
  // Each byte is given out once, and then nowhere to be found but where it went.
  randomPage.fill(0, randomUsed, randomUsed + length);
  randomUsed += length;
  return taken;
}

export const systemRandom: Random = {
  bytes: (length) =>
    length <= RANDOM_SHORT_BYTES ? shortRandom(length) : new Uint8Array(randomBytes(length)),
};
export const systemClock: Clock = { nowMs: () => Date.now() };
