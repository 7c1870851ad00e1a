const URGENCIES = ['consensus', 'mempool', 'query'] as const;
export type Urgency = (typeof URGENCIES)[number];

/**
 * Begins what is to be done one after the other, the most urgent first: a block does not wait
 * behind transactions that came a moment earlier. What has begun and waits holds up nobody.
 */
export class Turns {
  readonly #waiting: { readonly [U in Urgency]: (() => void)[] } = {
    consensus: [],
    mempool: [],
    query: [],
  };
  #isPlanned = false;

  run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting[urgency].push(() => resolve(work()));
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#isPlanned = false;
    const urgency = URGENCIES.find((one) => this.#waiting[one].length > 0);
    if (urgency === undefined) return;
    this.#waiting[urgency].shift()!();
    this.#plan();
  }
}
