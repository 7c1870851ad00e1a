/** What a chart is, in the plainest words: lists and numbers, no cryptography. */
export interface NaiveUnit {
  readonly text: string;
  readonly epoch: number;
  /** Organisation; null for the owner. */
  readonly writer: string | null;
  isErased: boolean;
}

export interface NaiveGrant {
  readonly leaf: Uint8Array;
  readonly grantee: string;
  readonly until: number;
  readonly openingsMax: number;
  /** Epochs whose units it may ask for. */
  readonly epochs: Set<number>;
  /** Entries that were committed under it. */
  entries: number;
  isRevoked: boolean;
}

/** The naive model of one chart: who may open what now, and what its owner must see. */
export class NaiveChart {
  readonly units: NaiveUnit[] = [];
  readonly grants: NaiveGrant[] = [];
  /** Leaves that stand in the newest header. */
  readonly roster = new Set<NaiveGrant>();
  /** Organisations that have a card. */
  readonly writers = new Set<string>();
  /** Writers that a header of an epoch names, by epoch: those a grantee sees. */
  readonly #listed = new Map<number, Set<string>>();
  epoch = 0;
  isErased = false;

  /** Every header but one that erases a unit lists the grants that count at its time. */
  publish(now: number): void {
    this.roster.clear();
    for (const grant of this.grants) {
      if (!grant.isRevoked && now < grant.until) this.roster.add(grant);
    }
    this.#listed.set(this.epoch, new Set(this.writers));
  }

  rotate(now: number): void {
    // The epoch that ends is closed with all its writers.
    this.#listed.set(this.epoch, new Set(this.writers));
    this.epoch++;
    this.publish(now);
    for (const grant of this.roster) grant.epochs.add(this.epoch);
  }

  /** Whether an entry is committed at all: the roster is looked at first. */
  isListed(grant: NaiveGrant): boolean {
    return !this.isErased && this.roster.has(grant);
  }

  /** Whether custodians may answer for the next entry of a grant, now. */
  mayOpen(grant: NaiveGrant, unit: NaiveUnit, now: number): boolean {
    return (
      this.isListed(grant) &&
      now < grant.until &&
      grant.entries < grant.openingsMax &&
      grant.epochs.has(unit.epoch) &&
      !unit.isErased
    );
  }

  /** Texts that a grantee sees, erased ones apart: a writer counts from the next header on. */
  visibleTo(grant: NaiveGrant): string[] {
    return this.units
      .filter(({ epoch, isErased }) => grant.epochs.has(epoch) && !isErased)
      .filter(({ epoch, writer }) => writer === null || this.#listed.get(epoch)?.has(writer))
      .map(({ text }) => text);
  }
}
