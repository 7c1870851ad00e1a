import type { VerifiedTransaction } from '@ward/ledger';
import type { Crypto } from '@ward/protocol';
import type { Ingress } from './ingress.ts';
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

  async quiesce(): Promise<void> {}

  async close(): Promise<void> {}
}
