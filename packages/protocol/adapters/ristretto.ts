import type Sodium from 'libsodium-wrappers-sumo';
import type { Ristretto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';

/** ristretto255 on libsodium's WebAssembly, the same in Node and in browsers. */
export function sodiumRistretto(sodium: typeof Sodium): Ristretto {
  const orRefuse = (length: number, work: () => Uint8Array): Uint8Array => {
    try {
      return work();
    } catch {
      throw refuse('POINT_INVALID', { length });
    }
  };
  const orNothing = (work: () => Uint8Array): Uint8Array | undefined => {
    // libsodium fails where the input is no point and where the result is the identity.
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  return {
    multiplyBase: (scalar) => orNothing(() => sodium.crypto_scalarmult_ristretto255_base(scalar)),
    multiply: (scalar, point) =>
      orNothing(() => sodium.crypto_scalarmult_ristretto255(scalar, point)),
    add: (a, b) => orRefuse(a.length, () => sodium.crypto_core_ristretto255_add(a, b)),
    subtract: (a, b) => orRefuse(a.length, () => sodium.crypto_core_ristretto255_sub(a, b)),
    isPoint: (bytes) =>
      bytes.length === 32 && sodium.crypto_core_ristretto255_is_valid_point(bytes),
    fromUniform(bytes) {
      // The binding does not look at the length, and would read what lies behind.
      if (bytes.length !== 64) throw refuse('POINT_INVALID', { length: bytes.length });
      return orRefuse(64, () => sodium.crypto_core_ristretto255_from_hash(bytes));
    },
    reduceScalar: (bytes) =>
      orRefuse(bytes.length, () => sodium.crypto_core_ristretto255_scalar_reduce(bytes)),
    addScalars: (a, b) =>
      orRefuse(a.length, () => sodium.crypto_core_ristretto255_scalar_add(a, b)),
    subtractScalars: (a, b) =>
      orRefuse(a.length, () => sodium.crypto_core_ristretto255_scalar_sub(a, b)),
    multiplyScalars: (a, b) =>
      orRefuse(a.length, () => sodium.crypto_core_ristretto255_scalar_mul(a, b)),
    invertScalar: (a) => orRefuse(a.length, () => sodium.crypto_core_ristretto255_scalar_invert(a)),
    sha512: (bytes) => sodium.crypto_hash_sha512(bytes),
  };
}
