import type { VerifiedTransaction } from '@ward/ledger';
import { type Crypto, WardError } from '@ward/protocol';
import type { Ingress, Verdict } from './ingress.ts';
import { Verdicts } from './verdicts.ts';
import { verifyEnvelope } from './verify-envelope.ts';

/** An {@link Ingress} without sockets or workers: it verifies where it is called. */
export class InlineIngress implements Ingress {
  readonly #verdicts = new Verdicts();
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  async start(): Promise<void> {}

  async verify(envelope: Uint8Array): Promise<VerifiedTransaction> {
    return verifyEnvelope(envelope, this.#verdicts, this.#crypto);
  }

  async verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    return envelopes.map((envelope) => {
      try {
        return verifyEnvelope(envelope, this.#verdicts, this.#crypto);
      } catch (error) {
        if (error instanceof WardError) return null;
        throw error;
      }
    });
  }

  async quiesce(): Promise<void> {}

  async close(): Promise<void> {}
}
