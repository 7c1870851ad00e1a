import type { VerifiedTransaction } from '@ward/ledger';
import { type Crypto, parseTransaction, verifySignatures } from '@ward/protocol';
import type { Verdicts } from './verdicts.ts';

/**
 * Bounds, form and signatures of an envelope: all of a transaction that does not depend on state.
 *
 * @throws WardError `TRANSACTION_*`, `WEBAUTHN_INVALID`, `CBOR_*`, `FORMAT_*`.
 */
export function verifyEnvelope(
  envelope: Uint8Array,
  verdicts: Verdicts,
  crypto: Crypto,
): VerifiedTransaction {
  const parsed = parseTransaction(envelope, crypto);
  const { id, digest, signatures } = parsed;
  const isPlain = signatures.every(({ publicKey }) => publicKey.length === 32);
  if (isPlain && verdicts.has(digest)) {
    return { envelope, id, digest, passkeys: signatures.map(() => undefined) };
  }
  const passkeys = verifySignatures(parsed, crypto);
  if (isPlain) verdicts.add(digest);
  return { envelope, id, digest, passkeys };
}
