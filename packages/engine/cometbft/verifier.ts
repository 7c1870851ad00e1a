import { setTimeout as wait } from 'node:timers/promises';
import type { VerifiedTransaction } from '@ward/ledger';
import { type Crypto, type Digest, hasCode, WardError } from '@ward/protocol';
import type { Ingress } from '../embedded/ingress/ingress.ts';

/** Envelopes of one container that are verified at one time. */
const AT_ONCE = 128;
const BUSY_MS = 5;
/** Digests of containers are remembered for as many as this. */
const REMEMBERED_MAX = 256;

/** Transactions of a container whose signatures fit; null in the place of one whose do not. */
export type Verdict = readonly (VerifiedTransaction | null)[];

/** Verifies containers in the workers of an ingress, each container once. */
export class Verifier {
  readonly #ingress: Ingress;
  readonly #crypto: Crypto;
  readonly #verdicts = new Map<string, Promise<Verdict>>();

  constructor(ingress: Ingress, crypto: Crypto) {
    this.#ingress = ingress;
    this.#crypto = crypto;
  }

  /** Remembers a container whose transactions were verified one by one where they came. */
  remember(container: Uint8Array, transactions: Verdict): void {
    this.#remember(nameOf(this.#crypto.sha256(container)), Promise.resolve(transactions));
  }

  /**
   * Whether the signatures fit does not depend on the state: every node finds the same.
   *
   * @param envelopes Of this container.
   */
  verify(container: Uint8Array, envelopes: readonly Uint8Array[]): Promise<Verdict> {
    const name = nameOf(this.#crypto.sha256(container));
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = this.#verifyAll(envelopes);
    this.#remember(name, verdict);
    verdict.catch(() => this.#verdicts.delete(name));
    return verdict;
  }

  #remember(name: string, verdict: Promise<Verdict>): void {
    this.#verdicts.set(name, verdict);
    if (this.#verdicts.size <= REMEMBERED_MAX) return;
    this.#verdicts.delete(this.#verdicts.keys().next().value!);
  }

  async #verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    const verdict: (VerifiedTransaction | null)[] = [];
    for (let at = 0; at < envelopes.length; at += AT_ONCE) {
      const some = envelopes.slice(at, at + AT_ONCE);
      verdict.push(...(await Promise.all(some.map((envelope) => this.#verifyOne(envelope)))));
    }
    return verdict;
  }

  async #verifyOne(envelope: Uint8Array): Promise<VerifiedTransaction | null> {
    for (;;) {
      try {
        return await this.#ingress.verify(envelope);
      } catch (error) {
        // That there is no answer now says nothing about the transaction.
        if (hasCode(error, 'ENGINE_BUSY')) await wait(BUSY_MS);
        else if (error instanceof WardError && !hasCode(error, 'ENGINE_STOPPED')) return null;
        else throw error;
      }
    }
  }
}

/** A digest as a key of a map. */
export function nameOf(digest: Digest): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');
}
