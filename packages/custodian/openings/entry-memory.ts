import { Grant, type OpeningRequest } from '@ward/charts';
import { concatBytes, toHex } from '@ward/protocol';
import type { CustodianLimits } from '../limits.ts';

/**
 * How many entries of a grant, from the first on, the ledger has proved to this custodian. A slot
 * is never unwritten, so none is proved twice; what is forgotten is proved again.
 */
export class EntryMemory {
  readonly #limits: CustodianLimits;
  /** In order of use. */
  readonly #proved = new Map<string, number>();

  constructor(limits: CustodianLimits) {
    this.#limits = limits;
  }

  provedFor(request: OpeningRequest): number {
    return this.#proved.get(nameOf(request)) ?? 0;
  }

  /** So many entries, from the first on, were proved. */
  remember(request: OpeningRequest, count: number): void {
    const name = nameOf(request);
    const known = this.#proved.get(name) ?? 0;
    this.#proved.delete(name);
    this.#proved.set(name, Math.max(known, count));
    if (this.#proved.size > this.#limits.grantsMax) {
      this.#proved.delete(this.#proved.keys().next().value as string);
    }
  }
}

/** Grantee and secret of a grant name the addresses of its entries. */
function nameOf({ grant }: OpeningRequest): string {
  const { grantee, openSecret } = Grant.decode(grant);
  return toHex(concatBytes(grantee, openSecret));
}
