import type { Kem } from '@ward/protocol';
import { AEAD_AES_256_GCM, KDF_HKDF_SHA256 } from 'hpke';
import sodium from 'libsodium-wrappers-sumo';
import { hpkeKem } from '../../packages/protocol/adapters/hpke.ts';

await sodium.ready;

/** The port with X-Wing whose randomness is given: for vectors only. */
export function deterministicKem(seeds: { shift(): Uint8Array | undefined }): Kem {
  const xwing = {
    publicKey: (bytes: Uint8Array) => bytes,
    secretKey(seed: Uint8Array) {
      const { publicKey, privateKey } = sodium.crypto_kem_xwing_seed_keypair(seed);
      return { secret: privateKey, publicKeyBytes: publicKey };
    },
    encapsulate(key: Uint8Array) {
      return sodium.crypto_kem_xwing_enc_deterministic(key, seeds.shift()!);
    },
    decapsulate: (ciphertext: Uint8Array, key: Uint8Array) =>
      sodium.crypto_kem_xwing_dec(ciphertext, key),
  };
  return hpkeKem({ xwing, kdf: KDF_HKDF_SHA256, aead: AEAD_AES_256_GCM });
}
