import type { Ingress, IngressEvents } from '@ward/engine';

/** An ingress that knows how many envelopes it was given to verify and has not judged yet. */
export class CountedIngress implements Ingress {
  readonly #inner: Ingress;
  #waiting = 0;

  constructor(inner: Ingress) {
    this.#inner = inner;
  }

  get waiting(): number {
    return this.#waiting;
  }

  start(events: IngressEvents): Promise<void> {
    return this.#inner.start(events);
  }

  verify(envelope: Uint8Array) {
    return this.#count(1, this.#inner.verify(envelope));
  }

  verifyAll(envelopes: readonly Uint8Array[]) {
    return this.#count(envelopes.length, this.#inner.verifyAll(envelopes));
  }

  async #count<T>(envelopes: number, verdict: Promise<T>): Promise<T> {
    this.#waiting += envelopes;
    try {
      return await verdict;
    } finally {
      this.#waiting -= envelopes;
    }
  }

  quiesce(): Promise<void> {
    return this.#inner.quiesce();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
