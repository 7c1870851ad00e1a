import type { Crypto } from '@ward/protocol';
import type { Ingress, Verdict } from '../embedded/ingress/ingress.ts';
import { nameOfContainer, readContainer } from './container.ts';

export type { Verdict };

/** Verdicts that are remembered, and the bytes of their containers, all together. */
const REMEMBERED_MAX = { containers: 4096, bytes: 64 * 1024 * 1024 };

interface Remembered {
  readonly verdict: Promise<Verdict>;
  readonly bytes: number;
}

/** Verifies containers in the workers of an ingress, each container once. */
export class Verifier {
  readonly #ingress: Ingress;
  readonly #crypto: Crypto;
  readonly #verdicts = new Map<string, Remembered>();
  #bytes = 0;

  constructor(ingress: Ingress, crypto: Crypto) {
    this.#ingress = ingress;
    this.#crypto = crypto;
  }

  /** Remembers a container whose transactions were verified one by one where they came. */
  remember(container: Uint8Array, transactions: Verdict): void {
    const name = nameOfContainer(container, this.#crypto);
    this.#remember(name, { verdict: Promise.resolve(transactions), bytes: container.length });
  }

  /**
   * Whether the signatures fit does not depend on the state: every node finds the same.
   *
   * @param container What {@link readContainer} reads.
   */
  verify(container: Uint8Array): Promise<Verdict> {
    const name = nameOfContainer(container, this.#crypto);
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known.verdict;
    // Of bytes of its own: what came with a block would hold on to the whole block.
    const envelopes = readContainer(new Uint8Array(container))!;
    const verdict = this.#ingress.verifyAll(envelopes);
    this.#remember(name, { verdict, bytes: container.length });
    verdict.catch(() => this.#forget(name));
    return verdict;
  }

  /** Forgets containers that a block took: their verdicts were needed for the last time. */
  forget(containers: readonly Uint8Array[]): void {
    for (const container of containers) this.#forget(nameOfContainer(container, this.#crypto));
  }

  #remember(name: string, remembered: Remembered): void {
    this.#forget(name);
    this.#verdicts.set(name, remembered);
    this.#bytes += remembered.bytes;
    while (this.#verdicts.size > REMEMBERED_MAX.containers || this.#bytes > REMEMBERED_MAX.bytes) {
      this.#forget(this.#verdicts.keys().next().value!);
    }
  }

  #forget(name: string): void {
    this.#bytes -= this.#verdicts.get(name)?.bytes ?? 0;
    this.#verdicts.delete(name);
  }
}
