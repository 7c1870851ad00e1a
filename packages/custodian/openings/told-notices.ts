import type { CustodianLimits } from '../limits.ts';

interface Told {
  readonly done: Promise<void>;
  readonly untilMs: number;
}

/** What owners were told in the last minutes: a repeated request brings no second notice. */
export class ToldNotices {
  readonly #limits: CustodianLimits;
  /** In the order in which they were told. */
  readonly #told = new Map<string, Told>();

  constructor(limits: CustodianLimits) {
    this.#limits = limits;
  }

  /**
   * Tells once: who asks while the notice is on its way waits for that one; one that failed is told
   * again.
   *
   * @param name What the notice says: entry, asker and verdict.
   */
  async once(name: string, nowMs: number, tell: () => Promise<void>): Promise<void> {
    const known = this.#told.get(name);
    if (known !== undefined && nowMs < known.untilMs) return known.done;
    const told = { done: tell(), untilMs: nowMs + this.#limits.repeatSeconds * 1000 };
    this.#told.delete(name);
    this.#told.set(name, told);
    this.#forget(nowMs);
    try {
      await told.done;
    } catch (error) {
      if (this.#told.get(name) === told) this.#told.delete(name);
      throw error;
    }
  }

  #forget(nowMs: number): void {
    for (const [name, { untilMs }] of this.#told) {
      if (untilMs > nowMs && this.#told.size <= this.#limits.repeatsMax) return;
      this.#told.delete(name);
    }
  }
}
