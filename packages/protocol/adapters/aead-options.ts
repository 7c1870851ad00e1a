import type { AeadOptions } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';

/**
 * The platforms would take other lengths, each its own: a short key is AES-128 to one of them.
 *
 * @throws WardError `KEY_INVALID`.
 */
export function checkAeadOptions({ key, nonce }: AeadOptions): void {
  if (key.length !== 32) throw refuse('KEY_INVALID', { length: key.length });
  if (nonce.length !== 12) throw refuse('KEY_INVALID', { length: nonce.length });
}
