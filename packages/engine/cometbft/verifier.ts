import type { Crypto } from '@ward/protocol';
import type { Ingress, Verdict } from '../embedded/ingress/ingress.ts';
import { nameOfContainer, type OpenedContainer, openContainer } from './container.ts';

export type { Verdict };

/** Containers that are remembered, and the bytes of what is in them, all together. */
const REMEMBERED_MAX = { containers: 4096, bytes: 64 * 1024 * 1024 };

interface Remembered {
  readonly opened: OpenedContainer;
  /** Undefined before it was asked for. */
  verdict: Promise<Verdict> | undefined;
}

/** Opens containers and verifies them in the workers of an ingress, each container once. */
export class Verifier {
  readonly #ingress: Ingress;
  readonly #crypto: Crypto;
  readonly #remembered = new Map<string, Remembered>();
  #bytes = 0;

  constructor(ingress: Ingress, crypto: Crypto) {
    this.#ingress = ingress;
    this.#crypto = crypto;
  }

  /** Remembers a container whose transactions were verified one by one where they came. */
  remember(container: Uint8Array, transactions: Verdict): void {
    const envelopes = transactions.flatMap((one) => (one === null ? [] : [one.envelope]));
    const sizeBytes = envelopes.reduce((sum, { length }) => sum + length, 0);
    const verdict = Promise.resolve(transactions);
    const name = nameOfContainer(container, this.#crypto);
    this.#remember(name, { opened: { envelopes, sizeBytes }, verdict });
  }

  /** What is in a container: see {@link openContainer}. */
  open(container: Uint8Array): OpenedContainer | null {
    return this.#known(container)?.opened ?? null;
  }

  /**
   * Whether the signatures fit does not depend on the state: every node finds the same.
   *
   * @param container What {@link Verifier.open} opens.
   */
  verify(container: Uint8Array): Promise<Verdict> {
    const known = this.#known(container)!;
    if (known.verdict !== undefined) return known.verdict;
    const verdict = this.#ingress.verifyAll(known.opened.envelopes);
    known.verdict = verdict;
    // The next one who asks has it verified again.
    verdict.catch(() => {
      known.verdict = undefined;
    });
    return verdict;
  }

  #known(container: Uint8Array): Remembered | undefined {
    const name = nameOfContainer(container, this.#crypto);
    const known = this.#remembered.get(name);
    if (known !== undefined) return known;
    // Of bytes of its own: what came with a block would hold on to the whole block.
    const opened = openContainer(new Uint8Array(container));
    if (opened === null) return undefined;
    const fresh = { opened, verdict: undefined };
    this.#remember(name, fresh);
    return fresh;
  }

  /** Forgets containers that a block took: they were needed for the last time. */
  forget(containers: readonly Uint8Array[]): void {
    for (const container of containers) this.#forget(nameOfContainer(container, this.#crypto));
  }

  #remember(name: string, remembered: Remembered): void {
    this.#forget(name);
    this.#remembered.set(name, remembered);
    this.#bytes += remembered.opened.sizeBytes;
    const { containers, bytes } = REMEMBERED_MAX;
    while (this.#remembered.size > containers || this.#bytes > bytes) {
      this.#forget(this.#remembered.keys().next().value!);
    }
  }

  #forget(name: string): void {
    this.#bytes -= this.#remembered.get(name)?.opened.sizeBytes ?? 0;
    this.#remembered.delete(name);
  }
}
