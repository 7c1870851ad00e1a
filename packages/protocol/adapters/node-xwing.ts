import {
  createHash,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  encapsulate,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import sodium from 'sodium-native';
import { concatBytes } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { XWing } from './hpke.ts';

// X-Wing (draft-connolly-cfrg-xwing-kem): OpenSSL's ML-KEM-768 and libsodium's X25519, joined by
// one SHA3-256. Checked against libsodium's own X-Wing and the published vectors in the tests.

const MLKEM_PUBLIC_BYTES = 1184;
const MLKEM_CIPHERTEXT_BYTES = 1088;
/** SubjectPublicKeyInfo and PrivateKeyInfo (seed form) of ML-KEM-768, up to the key itself. */
const SPKI_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const PKCS8_PREFIX = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const LABEL = Buffer.from('5c2e2f2f5e5c', 'hex');

interface PublicKey {
  readonly mlkem: KeyObject;
  readonly x25519: Uint8Array;
}
interface SecretKey {
  readonly mlkem: KeyObject;
  readonly x25519: Uint8Array;
  readonly x25519Public: Uint8Array;
}

function importPublic(bytes: Uint8Array): PublicKey {
  const key = Buffer.concat([SPKI_PREFIX, bytes.subarray(0, MLKEM_PUBLIC_BYTES)]);
  try {
    const mlkem = createPublicKey({ key, format: 'der', type: 'spki' });
    return { mlkem, x25519: bytes.slice(MLKEM_PUBLIC_BYTES) };
  } catch {
    throw refuse('KEY_INVALID', { length: bytes.length });
  }
}

/** X25519 (RFC 7748); libsodium refuses a result of zero. */
function diffieHellman(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const shared = Buffer.alloc(32);
  try {
    sodium.crypto_scalarmult(shared, scalar, point);
  } catch {
    throw refuse('KEY_INVALID', { length: point.length });
  }
  return shared;
}

function basePoint(scalar: Uint8Array): Uint8Array {
  const point = Buffer.alloc(32);
  sodium.crypto_scalarmult_base(point, scalar);
  return point;
}

interface Combined {
  readonly mlkemSecret: Uint8Array;
  readonly x25519Secret: Uint8Array;
  readonly x25519Ciphertext: Uint8Array;
  readonly x25519Public: Uint8Array;
}

function combine(parts: Combined): Uint8Array {
  return createHash('sha3-256')
    .update(parts.mlkemSecret)
    .update(parts.x25519Secret)
    .update(parts.x25519Ciphertext)
    .update(parts.x25519Public)
    .update(LABEL)
    .digest();
}

export const nodeXWing: XWing<PublicKey, SecretKey> = {
  publicKey: importPublic,

  secretKey(seed) {
    const expanded = createHash('shake256', { outputLength: 96 }).update(seed).digest();
    const key = Buffer.concat([PKCS8_PREFIX, expanded.subarray(0, 64)]);
    const mlkem = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    const x25519 = expanded.subarray(64);
    const x25519Public = basePoint(x25519);
    const spki = createPublicKey(mlkem).export({ format: 'der', type: 'spki' });
    const publicKeyBytes = concatBytes(spki.subarray(SPKI_PREFIX.length), x25519Public);
    return { secret: { mlkem, x25519, x25519Public }, publicKeyBytes };
  },

  encapsulate(key) {
    const { sharedKey, ciphertext } = encapsulate(key.mlkem);
    const ephemeral = randomBytes(32);
    const x25519Ciphertext = basePoint(ephemeral);
    const sharedSecret = combine({
      mlkemSecret: sharedKey,
      x25519Secret: diffieHellman(ephemeral, key.x25519),
      x25519Ciphertext,
      x25519Public: key.x25519,
    });
    return { sharedSecret, ciphertext: concatBytes(ciphertext, x25519Ciphertext) };
  },

  decapsulate(ciphertext, key) {
    const x25519Ciphertext = ciphertext.subarray(MLKEM_CIPHERTEXT_BYTES);
    return combine({
      mlkemSecret: decapsulate(key.mlkem, ciphertext.subarray(0, MLKEM_CIPHERTEXT_BYTES)),
      x25519Secret: diffieHellman(key.x25519, x25519Ciphertext),
      x25519Ciphertext,
      x25519Public: key.x25519Public,
    });
  },
};
