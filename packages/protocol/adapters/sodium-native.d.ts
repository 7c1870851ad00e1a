/** The part of sodium-native that Ward calls; results go into the first argument. */
declare module 'sodium-native' {
  const sodium: {
    crypto_hash_sha256(digest: Uint8Array, bytes: Uint8Array): void;
    crypto_hash_sha512(digest: Uint8Array, bytes: Uint8Array): void;
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean | undefined;
    crypto_scalarmult(shared: Uint8Array, scalar: Uint8Array, point: Uint8Array): void;
    crypto_scalarmult_base(point: Uint8Array, scalar: Uint8Array): void;
    crypto_core_ed25519_scalar_reduce(scalar: Uint8Array, bytes: Uint8Array): void;
    crypto_core_ed25519_add(sum: Uint8Array, a: Uint8Array, b: Uint8Array): void;
    crypto_scalarmult_ed25519_noclamp(
      product: Uint8Array,
      scalar: Uint8Array,
      point: Uint8Array,
    ): void;
    crypto_scalarmult_ed25519_base_noclamp(product: Uint8Array, scalar: Uint8Array): void;
  };
  export default sodium;
}
