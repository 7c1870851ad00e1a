import { ed25519 } from '@noble/curves/ed25519.js';

/**
 * ZIP-215, CometBFT's rule for votes. Everything that libsodium accepts is accepted by it, so the
 * fast check goes first and this one sees only what that refused.
 */
export function verifyZip215(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
}
