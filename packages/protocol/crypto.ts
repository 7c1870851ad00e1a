/**
 * The cryptography that Ward stands on, as a port: `adapters/node.ts` and `adapters/browser.ts`
 * give it, with the same answers for the same bytes. Nothing here is an algorithm of our own.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /**
   * SHA-256 of many messages of 64 bytes at once, where the platform has a quicker way than one by
   * one: it is what inner nodes of trees are hashed by.
   *
   * @param pairs The messages, one behind the other.
   * @param digests Where their digests are written, half as many bytes.
   */
  sha256Pairs?: (pairs: Uint8Array, digests: Uint8Array) => void;
  /** SHA-256 of bytes that come in pieces. */
  sha256Stream(): Sha256Stream;
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869). @throws WardError `KEY_INVALID` when too much is wanted. */
  hkdfSha256(options: HkdfOptions): Uint8Array;
  readonly ed25519: Ed25519;
  readonly p256: P256;
  readonly ristretto: Ristretto;
  readonly aead: Aead;
  readonly kem: Kem;
}

export interface Sha256Stream {
  update(bytes: Uint8Array): void;
  /** 32 bytes; the stream is used up. */
  digest(): Uint8Array;
}

export interface HkdfOptions {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  /** Bytes wanted, at most 255 × 32. */
  readonly length: number;
}

export interface Ed25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: seed and public key, as libsodium keeps it. */
  readonly secretKey: Uint8Array;
}

export interface Ed25519 {
  /** @param seed 32 bytes. */
  keyPair(seed: Uint8Array): Ed25519KeyPair;
  /** @returns 64 bytes (RFC 8032). */
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /**
   * The transaction rule, a protocol constant: S < L; key and R canonical and not of small order;
   * RFC 8032's equation with the cofactor, 8·S·B = 8·R + 8·h·A, which batches can verify.
   * It accepts all that libsodium's own rule does.
   */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /** The vote rule: CometBFT's, which is ZIP-215. It accepts all that `verify` does, and more. */
  verifyVote(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

export interface P256 {
  /**
   * ECDSA on P-256 with SHA-256.
   *
   * @param signature r ‖ s, 64 bytes.
   * @param publicKey Uncompressed point, 65 bytes.
   */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** ristretto255 (RFC 9496). Scalars and points are 32 bytes. */
export interface Ristretto {
  /** scalar · G; undefined where the result is the identity. */
  multiplyBase(scalar: Uint8Array): Uint8Array | undefined;
  /** scalar · point; undefined where the point is invalid or the result is the identity. */
  multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined;
  /** @throws WardError `POINT_INVALID`. */
  add(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** @throws WardError `POINT_INVALID`. */
  subtract(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** Canonical encoding of a point; the identity is one. */
  isPoint(bytes: Uint8Array): boolean;
  /** Maps 64 uniform bytes to a point: the last step of hash-to-group (RFC 9380). */
  fromUniform(bytes: Uint8Array): Uint8Array;
  /** 64 bytes, little-endian, modulo the order of the group. */
  reduceScalar(bytes: Uint8Array): Uint8Array;
  addScalars(a: Uint8Array, b: Uint8Array): Uint8Array;
  subtractScalars(a: Uint8Array, b: Uint8Array): Uint8Array;
  multiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** @throws WardError `POINT_INVALID` for zero. */
  invertScalar(a: Uint8Array): Uint8Array;
  /** SHA-512: the hash of RFC 9497's ristretto255 suite. */
  sha512(bytes: Uint8Array): Uint8Array;
}

export interface AeadOptions {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes, never twice with one key. */
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/** AES-256-GCM (NIST SP 800-38D); the 16-byte tag stands behind the ciphertext. */
export interface Aead {
  /** @throws WardError `KEY_INVALID` for a key or nonce of another length. */
  seal(plaintext: Uint8Array, options: AeadOptions): Promise<Uint8Array>;
  /**
   * The same in two parts, the ciphertext and its tag: large chunks are not copied once more.
   *
   * @throws WardError `KEY_INVALID`.
   */
  sealParts(
    plaintext: Uint8Array,
    options: AeadOptions,
  ): Promise<readonly [ciphertext: Uint8Array, tag: Uint8Array]>;
  /** @throws WardError `SEAL_INVALID`, `KEY_INVALID`. */
  open(sealed: Uint8Array, options: AeadOptions): Promise<Uint8Array>;
}

/** A public sealing key that is ready for use. */
export interface SealingKey {
  /** 1,216 bytes. */
  readonly bytes: Uint8Array;
}

/** A secret opening key that is ready for use. */
export interface OpeningKey {
  readonly sealingKey: SealingKey;
}

/**
 * HPKE (RFC 9180) in base mode with KEM 0x647a (X-Wing: ML-KEM-768 + X25519), HKDF-SHA256 and
 * AES-256-GCM. A sealed text is the encapsulation (1,120 bytes) ‖ ciphertext ‖ tag.
 */
export interface Kem {
  /** @throws WardError `KEY_INVALID` for anything but 1,216 bytes. */
  sealingKey(bytes: Uint8Array): SealingKey;
  /** @param seed 32 bytes. */
  openingKey(seed: Uint8Array): OpeningKey;
  /**
   * @param info Digest of the context: a seal opens in no other.
   * @throws WardError `KEY_INVALID` when nothing can be sealed to the key.
   */
  seal(plaintext: Uint8Array, options: { to: SealingKey; info: Uint8Array }): Promise<Uint8Array>;
  /** @throws WardError `SEAL_INVALID`. */
  open(sealed: Uint8Array, options: { with: OpeningKey; info: Uint8Array }): Promise<Uint8Array>;
}

/** Bytes that a seal adds to its plaintext. */
export const SEAL_OVERHEAD_BYTES = 1120 + 16;
export const SEALING_KEY_BYTES = 1216;

/** Source of secret randomness; seeded in simulations. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Source of time; a test's own in simulations. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}
