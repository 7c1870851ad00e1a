import { p256 as nobleP256 } from '@noble/curves/nist.js';
import { AEAD_AES_256_GCM, KDF_HKDF_SHA256 } from 'hpke';
import sodium from 'libsodium-wrappers-sumo';
import type { Aead, Clock, Crypto, Ed25519, P256, Random } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { checkAeadOptions } from './aead-options.ts';
import { deriveHkdf } from './hkdf.ts';
import { hpkeKem, type XWing } from './hpke.ts';
import { sodiumRistretto } from './ristretto.ts';
import { type Edwards, signatureRules } from './signature-rules.ts';

const edwards: Edwards = {
  verify: (signature, message, publicKey) =>
    sodium.crypto_sign_verify_detached(signature, message, publicKey) === true,
  sha512: (bytes) => sodium.crypto_hash_sha512(bytes),
  reduceScalar: (bytes) => sodium.crypto_core_ed25519_scalar_reduce(bytes),
  add: (a, b) => sodium.crypto_core_ed25519_add(a, b),
  multiply: (scalar, point) => sodium.crypto_scalarmult_ed25519_noclamp(scalar, point),
  multiplyBase: (scalar) => sodium.crypto_scalarmult_ed25519_base_noclamp(scalar),
};

const ed25519: Ed25519 = {
  keyPair(seed) {
    if (seed.length !== 32) throw refuse('KEY_INVALID', { length: seed.length });
    const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
    return { publicKey, secretKey: privateKey };
  },
  sign(message, secretKey) {
    if (secretKey.length !== 64) throw refuse('KEY_INVALID', { length: secretKey.length });
    return sodium.crypto_sign_detached(message, secretKey);
  },
  ...signatureRules(edwards),
};

const p256: P256 = {
  // WebCrypto's ECDSA is asynchronous; the port is not. Public data only, so noble will do.
  verify(signature, message, publicKey) {
    if (signature.length !== 64 || publicKey.length !== 65) return false;
    try {
      return nobleP256.verify(signature, message, publicKey, { lowS: false, prehash: true });
    } catch {
      return false;
    }
  },
};

function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const state = sodium.crypto_auth_hmacsha256_init(key);
  sodium.crypto_auth_hmacsha256_update(state, bytes);
  return sodium.crypto_auth_hmacsha256_final(state);
}

async function importAesKey(key: Uint8Array, usage: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', plain(key), 'AES-GCM', false, [usage]);
}

/** WebCrypto takes no view of a shared buffer; ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

const aead: Aead = {
  async seal(plaintext, options) {
    checkAeadOptions(options);
    const { key, nonce, aad } = options;
    const algorithm = { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad) };
    const aesKey = await importAesKey(key, 'encrypt');
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, aesKey, plain(plaintext)));
  },
  async sealParts(plaintext, options) {
    const sealed = await aead.seal(plaintext, options);
    return [sealed.subarray(0, plaintext.length), sealed.subarray(plaintext.length)];
  },
  async open(sealed, options) {
    checkAeadOptions(options);
    const { key, nonce, aad } = options;
    const algorithm = { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad) };
    const aesKey = await importAesKey(key, 'decrypt');
    try {
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, aesKey, plain(sealed)));
    } catch {
      throw refuse('SEAL_INVALID', { length: sealed.length });
    }
  },
};

const xwing: XWing<Uint8Array, Uint8Array> = {
  publicKey: (bytes) => bytes,
  secretKey(seed) {
    const { publicKey, privateKey } = sodium.crypto_kem_xwing_seed_keypair(seed);
    return { secret: privateKey, publicKeyBytes: publicKey };
  },
  encapsulate(key) {
    const { ciphertext, sharedSecret } = sodium.crypto_kem_xwing_enc(key);
    return { ciphertext, sharedSecret };
  },
  decapsulate: (ciphertext, key) => sodium.crypto_kem_xwing_dec(ciphertext, key),
};

/** The `Crypto` port on WebCrypto and libsodium's WebAssembly. */
export async function loadCrypto(): Promise<Crypto> {
  await sodium.ready;
  return {
    sha256: (bytes) => sodium.crypto_hash_sha256(bytes),
    sha256Stream() {
      const state = sodium.crypto_hash_sha256_init();
      return {
        update: (bytes) => sodium.crypto_hash_sha256_update(state, bytes),
        digest: () => sodium.crypto_hash_sha256_final(state),
      };
    },
    hmacSha256,
    hkdfSha256: (options) => deriveHkdf(hmacSha256, options),
    ed25519,
    p256,
    ristretto: sodiumRistretto(sodium),
    aead,
    kem: hpkeKem({ xwing, kdf: KDF_HKDF_SHA256, aead: AEAD_AES_256_GCM }),
  };
}

export const systemRandom: Random = {
  bytes: (length) => {
    const bytes = new Uint8Array(length);
    // getRandomValues gives at most 65,536 bytes a call.
    for (let at = 0; at < length; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65536)));
    }
    return bytes;
  },
};
export const systemClock: Clock = { nowMs: () => Date.now() };
