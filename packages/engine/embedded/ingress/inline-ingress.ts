import type { VerifiedTransaction } from '@ward/ledger';
import { type Crypto, parseTransaction, verifySignatures, WardError } from '@ward/protocol';
import type { Ingress, Verdict } from './ingress.ts';

/** An {@link Ingress} without sockets or workers: it verifies where it is called, at once. */
export class InlineIngress implements Ingress {
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  async start(): Promise<void> {}

  async verify(envelope: Uint8Array): Promise<VerifiedTransaction> {
    return this.#verify(envelope);
  }

  #verify(envelope: Uint8Array): VerifiedTransaction {
    const transaction = parseTransaction(envelope, this.#crypto);
    const { id, digest } = transaction;
    return { envelope, id, digest, passkeys: verifySignatures(transaction, this.#crypto) };
  }

  async verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    return envelopes.map((envelope) => {
      try {
        return this.#verify(envelope);
      } catch (error) {
        if (error instanceof WardError) return null;
        throw error;
      }
    });
  }

  async quiesce(): Promise<void> {}

  async close(): Promise<void> {}
}
