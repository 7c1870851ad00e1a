import type { VerifiedTransaction } from '@ward/ledger';
import type { WaitingTransaction } from '../waiting-list.ts';

/** Where transactions arrive and their signatures are verified. */
export interface Ingress {
  /** Opens the doors; what comes through them is handed to `admit` in batches. */
  start(admit: (arrivals: readonly WaitingTransaction[]) => void): Promise<void>;
  /**
   * Verifies an envelope that came by another way.
   *
   * @throws WardError `TRANSACTION_*`, `WEBAUTHN_INVALID`, `CBOR_*`, `FORMAT_*`.
   */
  verify(envelope: Uint8Array): Promise<VerifiedTransaction>;
  /** Takes nothing new; answers still go out. */
  quiesce(): Promise<void>;
  /** Lets go of everything. */
  close(): Promise<void>;
}
