import { parseBase32, toBase32 } from '../base32.ts';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { bytes, integer, text } from '../format/fields.ts';
import { taggedDigest } from '../realm.ts';
import type { Height } from '../units.ts';

/**
 * Where trust in a ledger begins, in so few bytes that an invitation, a letter or a QR code holds
 * it: one block by height and hash. It is worth what the way is worth on which it came.
 */
export const TrustRoot = defineFormat('trust-root', 1, {
  network: bytes(32),
  chain: text(50),
  height: integer<Height>(1),
  hash: bytes(32),
});
export type TrustRoot = FormatOf<typeof TrustRoot>;

const PREFIX = 'WARD1:';
const CHECK_BYTES = 4;
/** Base32 of the longest chain name, and more than enough. */
const TEXT_LENGTH_MAX = 400;

/**
 * A trust root as one line of capitals and digits: `WARD1:` and Base32 of the format's bytes with
 * the first four bytes of their tagged digest behind them, which tell a slip from another root.
 */
export function formatTrustRoot(root: TrustRoot, crypto: Crypto): string {
  const encoded = TrustRoot.encode(root);
  return PREFIX + toBase32(concatBytes(encoded, checkOf(encoded, crypto)));
}

/** @throws WardError `TRUST_ROOT_INVALID`. */
export function parseTrustRoot(line: string, crypto: Crypto): TrustRoot {
  const wrong = refuse('TRUST_ROOT_INVALID', { length: line.length });
  if (line.length > TEXT_LENGTH_MAX || !line.startsWith(PREFIX)) throw wrong;
  const found = parseBase32(line.slice(PREFIX.length));
  if (found === undefined || found.length < CHECK_BYTES) throw wrong;
  const encoded = found.subarray(0, found.length - CHECK_BYTES);
  if (!equalBytes(found.subarray(encoded.length), checkOf(encoded, crypto))) throw wrong;
  try {
    return TrustRoot.decode(encoded);
  } catch {
    throw wrong;
  }
}

function checkOf(encoded: Uint8Array, crypto: Crypto): Uint8Array {
  return taggedDigest('trust-root', encoded, crypto).slice(0, CHECK_BYTES);
}
