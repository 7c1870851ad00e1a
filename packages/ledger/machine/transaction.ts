import {
  type AssertionOrigin,
  type Digest,
  equalBytes,
  type NetworkId,
  type Seconds,
  TRANSACTION_LIMITS,
  type TransactionBody,
  type TransactionId,
} from '@ward/protocol';
import { refuse } from '../schema/errors.ts';

/** A transaction whose signatures fit their keys: `verifySignatures` where it arrived. */
export interface VerifiedTransaction {
  readonly envelope: Uint8Array;
  readonly id: TransactionId;
  /** SHA-256 of the envelope. */
  readonly digest: Digest;
  /** Where each signer's passkey assertion was made; undefined for Ed25519. */
  readonly passkeys: readonly (AssertionOrigin | undefined)[];
}

/**
 * A transaction counts in one network and chain, and only for a while: the ledger must remember it
 * that long.
 *
 * @throws WardError `NETWORK_MISMATCH`, `TRANSACTION_EXPIRED`, `TRANSACTION_TOO_FAR`.
 */
export function checkValidity(
  { network, chain, validUntil }: TransactionBody,
  here: { readonly network: NetworkId; readonly chain: string },
  time: Seconds,
): void {
  if (chain !== here.chain || !equalBytes(network, here.network)) throw refuse('NETWORK_MISMATCH');
  if (time >= validUntil) throw refuse('TRANSACTION_EXPIRED', { validUntil, time });
  if (validUntil > time + TRANSACTION_LIMITS.validForSecondsMax) {
    throw refuse('TRANSACTION_TOO_FAR', { validUntil, time });
  }
}
