import type { VerifiedTransaction } from '@ward/ledger';
import type { WaitingTransaction } from '../waiting-list.ts';

export interface IngressEvents {
  /** Takes what came, in batches. */
  readonly admit: (arrivals: readonly WaitingTransaction[]) => void;
  /** A thread died; what it held will not be answered. */
  readonly failed: (error: Error) => void;
}

/** Where transactions arrive and their signatures are verified. */
export interface Ingress {
  /** Opens the doors. */
  start(events: IngressEvents): Promise<void>;
  /**
   * Verifies an envelope that came by another way.
   *
   * @throws WardError `TRANSACTION_*`, `WEBAUTHN_INVALID`, `CBOR_*`, `FORMAT_*`, `ENGINE_BUSY`.
   */
  verify(envelope: Uint8Array): Promise<VerifiedTransaction>;
  /** Takes nothing new; answers still go out. */
  quiesce(): Promise<void>;
  /** Lets go of everything. */
  close(): Promise<void>;
}
