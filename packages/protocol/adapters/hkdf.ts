import type { HkdfOptions } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';

/** The block counter is one byte. */
const LENGTH_MAX = 255 * 32;

type Hmac = (key: Uint8Array, bytes: Uint8Array) => Uint8Array;

/**
 * HKDF-Expand (RFC 5869, section 2.3) over the platform's HMAC-SHA-256.
 *
 * @throws WardError `KEY_INVALID` for more than 255 blocks.
 */
export function expandHkdf(
  hmac: Hmac,
  prk: Uint8Array,
  { info, length }: { info: Uint8Array; length: number },
): Uint8Array {
  if (length > LENGTH_MAX) throw refuse('KEY_INVALID', { length });
  const okm = new Uint8Array(Math.ceil(length / 32) * 32);
  const input = new Uint8Array(32 + info.length + 1);
  input.set(info, 32);
  for (let i = 0; i * 32 < length; i++) {
    input[input.length - 1] = i + 1;
    const block = hmac(prk, i === 0 ? input.subarray(32) : input);
    okm.set(block, i * 32);
    input.set(block);
  }
  return okm.slice(0, length);
}

/** HKDF: extract, then expand. */
export function deriveHkdf(hmac: Hmac, { key, salt, info, length }: HkdfOptions): Uint8Array {
  return expandHkdf(hmac, hmac(salt, key), { info, length });
}
