/** The part of sodium-native that Ward calls; results go into the first argument. */
declare module 'sodium-native' {
  const sodium: {
    crypto_hash_sha256(digest: Uint8Array, bytes: Uint8Array): void;
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean | undefined;
    crypto_scalarmult(shared: Uint8Array, scalar: Uint8Array, point: Uint8Array): void;
    crypto_scalarmult_base(point: Uint8Array, scalar: Uint8Array): void;
  };
  export default sodium;
}
