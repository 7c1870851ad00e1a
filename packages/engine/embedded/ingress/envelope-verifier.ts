import type { VerifiedTransaction } from '@ward/ledger';
import {
  type Crypto,
  type ParsedTransaction,
  parseTransaction,
  verifySignatures,
  WardError,
} from '@ward/protocol';
import type { SignatureVerifier, SignedMessage } from '../../signatures/signature-verifier.ts';
import type { Verdict } from './ingress.ts';
import { Verdicts } from './verdicts.ts';

const ED25519_KEY_BYTES = 32;

/** An envelope whose form is right. */
export interface ParsedEnvelope {
  readonly envelope: Uint8Array;
  readonly transaction: ParsedTransaction;
}

/** For each envelope the transaction, or why it is none. */
export type EnvelopeVerdict = readonly (VerifiedTransaction | WardError)[];

/** Bounds, form and signatures of envelopes: all of them that does not depend on state. */
export class EnvelopeVerifier {
  readonly #verdicts = new Verdicts();
  readonly #signatures: SignatureVerifier;
  readonly #crypto: Crypto;

  constructor(signatures: SignatureVerifier, crypto: Crypto) {
    this.#signatures = signatures;
    this.#crypto = crypto;
  }

  /**
   * @param envelope Not changed by the caller afterwards.
   * @throws WardError `TRANSACTION_*`, `CBOR_*`, `FORMAT_*`.
   */
  parse(envelope: Uint8Array): ParsedEnvelope {
    return { envelope, transaction: parseTransaction(envelope, this.#crypto) };
  }

  /**
   * Verifies the signatures of envelopes together.
   *
   * @returns For each, in their order, the transaction, or why it is none: `TRANSACTION_SIGNATURE`,
   * `WEBAUTHN_INVALID`, `CBOR_*`, `FORMAT_*`.
   */
  async verify(parsed: readonly ParsedEnvelope[]): Promise<EnvelopeVerdict> {
    const signed = parsed.map(({ transaction }) => this.#unverified(transaction));
    const verdict = await this.#signatures.verify(signed.flatMap((own) => own ?? []));
    let taken = 0;
    return parsed.map(({ envelope, transaction }, place) => {
      const { id, digest, signatures } = transaction;
      const own = signed[place];
      if (own === undefined) {
        return { envelope, id, digest, passkeys: signatures.map(() => undefined) };
      }
      const fits = verdict.slice(taken, taken + own.length);
      taken += own.length;
      return this.#verified(envelope, transaction, fits);
    });
  }

  /** Parses and verifies envelopes together; null in the place of one that is no transaction. */
  async verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    const parsed = envelopes.map((envelope) => this.#parseOrNull(envelope));
    const found = await this.verify(parsed.filter((one) => one !== null));
    let taken = 0;
    return parsed.map((one) => {
      const own = one === null ? null : found[taken++]!;
      return own instanceof WardError ? null : own;
    });
  }

  #parseOrNull(envelope: Uint8Array): ParsedEnvelope | null {
    try {
      return this.parse(envelope);
    } catch (error) {
      if (error instanceof WardError) return null;
      throw error;
    }
  }

  /** Ed25519 signatures of a transaction; undefined where all that it has are known to fit. */
  #unverified(transaction: ParsedTransaction): SignedMessage[] | undefined {
    const { digest, signatures, signedBytes: message } = transaction;
    const plain = signatures.filter(({ publicKey }) => publicKey.length === ED25519_KEY_BYTES);
    if (plain.length === signatures.length && this.#verdicts.has(digest)) return undefined;
    return plain.map(({ publicKey, signature }) => ({ publicKey, signature, message }));
  }

  /** @param fits For each of its Ed25519 signatures. */
  #verified(
    envelope: Uint8Array,
    transaction: ParsedTransaction,
    fits: readonly boolean[],
  ): VerifiedTransaction | WardError {
    const { id, digest, signatures } = transaction;
    let next = 0;
    try {
      const passkeys = verifySignatures(transaction, this.#crypto, () => fits[next++] === true);
      if (fits.length === signatures.length) this.#verdicts.add(digest);
      return { envelope, id, digest, passkeys };
    } catch (error) {
      if (error instanceof WardError) return error;
      throw error;
    }
  }
}
