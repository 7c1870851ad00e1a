import type { VerifiedTransaction } from '@ward/ledger';
import { type Crypto, WardError } from '@ward/protocol';
import { LocalSignatures } from '../../signatures/signature-verifier.ts';
import { EnvelopeVerifier } from './envelope-verifier.ts';
import type { Ingress, Verdict } from './ingress.ts';

/** An {@link Ingress} without sockets or workers: it verifies where it is called. */
export class InlineIngress implements Ingress {
  readonly #verifier: EnvelopeVerifier;

  constructor(crypto: Crypto) {
    this.#verifier = new EnvelopeVerifier(new LocalSignatures(crypto), crypto);
  }

  async start(): Promise<void> {}

  async verify(envelope: Uint8Array): Promise<VerifiedTransaction> {
    const [verified] = await this.#verifier.verify([this.#verifier.parse(envelope)]);
    if (verified instanceof WardError) throw verified;
    return verified!;
  }

  verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    return this.#verifier.verifyAll(envelopes);
  }

  async quiesce(): Promise<void> {}

  async close(): Promise<void> {}
}
