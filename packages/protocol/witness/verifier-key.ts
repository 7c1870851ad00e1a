import { concatBytes, toHex, uint32Bytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { parseBase64, toBase64 } from './base64.ts';
import { COSIGNATURE_ALGORITHM, type WitnessKey, witnessKeyId } from './cosignature.ts';
import { isNoteName, NOTE_LIMITS } from './signed-note.ts';

/** Characters of the longest verifier key: name, key id and key with a sign between each. */
export const VERIFIER_KEY_LENGTH_MAX = NOTE_LIMITS.nameLengthMax + 64;
const KEY_BYTES = 32;

/**
 * A witness as one line of text: `name+key id+Base64(04 ‖ key)` (C2SP `signed-note`, "verifier
 * keys"; the type 04 is that of `tlog-cosignature`).
 */
export function formatVerifierKey(witness: WitnessKey, crypto: Crypto): string {
  if (!isNoteName(witness.name)) throw new Error('a witness has a name of printable characters');
  const keyId = toHex(uint32Bytes(witnessKeyId(witness, crypto)));
  const key = concatBytes(Uint8Array.of(COSIGNATURE_ALGORITHM), witness.publicKey);
  return `${witness.name}+${keyId}+${toBase64(key)}`;
}

/**
 * Reads what {@link formatVerifierKey} writes, and nothing else: the key id tells a slip.
 *
 * @throws WardError `WITNESS_KEY_INVALID`.
 */
export function parseVerifierKey(text: string, crypto: Crypto): WitnessKey {
  const wrong = refuse('WITNESS_KEY_INVALID', { length: text.length });
  if (text.length > VERIFIER_KEY_LENGTH_MAX) throw wrong;
  // Base64 may hold a plus as well; names and key ids cannot.
  const [name = '', keyId = '', ...rest] = text.split('+');
  const key = parseBase64(rest.join('+'));
  if (!isNoteName(name) || key?.length !== 1 + KEY_BYTES) throw wrong;
  if (key[0] !== COSIGNATURE_ALGORITHM) throw wrong;
  const witness = { name, publicKey: key.slice(1) };
  if (toHex(uint32Bytes(witnessKeyId(witness, crypto))) !== keyId) throw wrong;
  return witness;
}
