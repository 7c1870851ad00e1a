/** What those outside of a network sent, were told, and believed. */
export class NetworkHistory {
  /** State key of the slot that a transaction writes, by the transaction's id. */
  readonly sent = new Map<string, string>();
  /** Heights at which nodes said that transactions stand, by id. */
  readonly acknowledged = new Map<string, number>();
  /** What clients read and verified, in order. */
  readonly reads: VerifiedRead[] = [];
  /** Answers of nodes that did not verify. */
  readonly lies: { readonly node: string; readonly code: string }[] = [];
  /** Codes of refusals with their number. */
  readonly refusals = new Map<string, number>();

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}

/** A value, or its absence, that was proved to a client. */
export interface VerifiedRead {
  readonly node: string;
  /** Of the block whose header names the state, and the hash of that header. */
  readonly height: number;
  readonly hash: string;
  readonly key: string;
  readonly isThere: boolean;
}
