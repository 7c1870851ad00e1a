import { type Crypto, concatBytes, type Random, refuseProtocol } from '@ward/protocol';

const NONCE_BYTES = 12;
const EMPTY = new Uint8Array(0);
const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

const PADDING_MARK = 0x80;

/**
 * Bytes with a mark and zeros behind them (ISO/IEC 7816-4), up to a multiple of `blockBytes`: the
 * length of a name or of a kind says too much of it.
 */
export function padBox(bytes: Uint8Array, blockBytes: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / blockBytes) * blockBytes);
  padded.set(bytes);
  padded[bytes.length] = PADDING_MARK;
  return padded;
}

/** @throws WardError `SEAL_INVALID` when there is no mark. */
export function unpadBox(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (padded[end] !== PADDING_MARK) throw refuseProtocol('SEAL_INVALID', { length: padded.length });
  return padded.slice(0, end);
}

/** AES-256-GCM under a key that seals nothing else, ever: the nonce is zero. */
export function sealOnce(key: Uint8Array, plaintext: Uint8Array, crypto: Crypto) {
  return crypto.aead.seal(plaintext, { key, nonce: ZERO_NONCE, aad: EMPTY });
}

/** @throws WardError `SEAL_INVALID`. */
export function openOnce(key: Uint8Array, sealed: Uint8Array, crypto: Crypto) {
  return crypto.aead.open(sealed, { key, nonce: ZERO_NONCE, aad: EMPTY });
}

/** AES-256-GCM under a key that seals several texts: a random nonce before the ciphertext. */
export async function sealMany(
  key: Uint8Array,
  plaintext: Uint8Array,
  random: Random,
  crypto: Crypto,
): Promise<Uint8Array> {
  const nonce = random.bytes(NONCE_BYTES);
  return concatBytes(nonce, await crypto.aead.seal(plaintext, { key, nonce, aad: EMPTY }));
}

/** @throws WardError `SEAL_INVALID`. */
export async function openMany(
  key: Uint8Array,
  sealed: Uint8Array,
  crypto: Crypto,
): Promise<Uint8Array> {
  const { length } = sealed;
  if (length < NONCE_BYTES) throw refuseProtocol('SEAL_INVALID', { length });
  const nonce = sealed.slice(0, NONCE_BYTES);
  return crypto.aead.open(sealed.subarray(NONCE_BYTES), { key, nonce, aad: EMPTY });
}
