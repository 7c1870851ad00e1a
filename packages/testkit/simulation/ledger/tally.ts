import { createHash } from 'node:crypto';

/** What happened in simulations: how often each thing did, and a digest of all of it in order. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly verdicts = new Map<string, number>();
  readonly #digest = createHash('sha256');

  /** Something happened; `what` is counted, the details are digested with it. */
  note(what: string, ...details: readonly (string | number)[]): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.#digest.update(`${what} ${details.join(' ')}\n`);
  }

  verdict(code: string): void {
    this.verdicts.set(code, (this.verdicts.get(code) ?? 0) + 1);
  }

  /** Digest of everything so far, hexadecimal. */
  digest(): string {
    return this.#digest.copy().digest('hex');
  }
}

/** Adds counts up. */
export function addCounts(
  sum: Map<string, number>,
  counts: ReadonlyMap<string, number>,
): Map<string, number> {
  for (const [name, count] of counts) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
}
