import { type ChartId, type Seconds, toHex } from '@ward/protocol';
import type { CustodianLimits } from '../limits.ts';

const DAY_SECONDS = 86_400;

/** What the owner is told of a refusal: all of it, how many there were, or nothing now. */
export type RefusalNews = 'all' | { readonly count: number } | 'nothing';

/**
 * Counts refusals by chart and day. A vault keeps so many notices a day; whoever makes a custodian
 * refuse again and again shall not fill that number and so hide an opening that is permitted.
 */
export class RefusalTally {
  readonly #limits: CustodianLimits;
  readonly #counts = new Map<string, number>();

  constructor(limits: CustodianLimits) {
    this.#limits = limits;
  }

  /** Counts one more. */
  add(chart: ChartId, now: Seconds): RefusalNews {
    const name = `${Math.floor(now / DAY_SECONDS)}/${toHex(chart)}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.delete(name);
    this.#counts.set(name, count);
    if (this.#counts.size > this.#limits.chartsTalliedMax) {
      this.#counts.delete(this.#counts.keys().next().value as string);
    }
    if (count <= this.#limits.refusalsToldMax) return 'all';
    const isPowerOfTwo = (count & (count - 1)) === 0;
    return isPowerOfTwo ? { count: count - this.#limits.refusalsToldMax } : 'nothing';
  }
}
