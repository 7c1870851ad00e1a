import type { VerifiedTransaction } from '@ward/ledger';
import type { WaitingTransaction } from '../waiting-list.ts';

export interface IngressEvents {
  /** Takes what came, in batches. */
  readonly admit: (arrivals: readonly WaitingTransaction[]) => void;
  /** A thread died; what it held will not be answered. */
  readonly failed: (error: Error) => void;
}

/** Transactions whose signatures fit; null in the place of an envelope whose do not. */
export type Verdict = readonly (VerifiedTransaction | null)[];

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
  /**
   * Verifies envelopes that came together by another way, as those of a container.
   *
   * @param envelopes At most `ARRIVALS_MAX`; not changed by the caller afterwards.
   * @throws WardError `ENGINE_STOPPED`.
   */
  verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict>;
  /** Takes nothing new; answers still go out. */
  quiesce(): Promise<void>;
  /** Lets go of everything. */
  close(): Promise<void>;
}
