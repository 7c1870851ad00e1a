import type { SeededRandom } from '../../seeded-random.ts';

interface Sent<M> {
  readonly due: number;
  readonly to: number;
  readonly message: M;
}

/** Rounds that a message needs. */
const DELAYS = [0, 0, 1, 1, 2];

/**
 * What nodes send each other: each message comes later or at once, in any order, twice or not at
 * all; and links are cut one way or both ways until they are healed.
 */
export class SimulatedNetwork<M> {
  readonly #random: SeededRandom;
  readonly #nodes: number;
  readonly #cut = new Set<number>();
  #sent: Sent<M>[] = [];

  constructor(nodes: number, random: SeededRandom) {
    this.#nodes = nodes;
    this.#random = random;
  }

  canReach(from: number, to: number): boolean {
    return !this.#cut.has(from * this.#nodes + to);
  }

  /** Sends to a node; from a client where no sender is named. */
  send(message: M, { to, now, from }: { to: number; now: number; from?: number }): void {
    const random = this.#random;
    if (from !== undefined && !this.canReach(from, to)) return;
    const fate = random.below(20);
    if (fate === 0) return;
    const copies = fate === 1 ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.#sent.push({ due: now + random.pick(DELAYS), to, message });
    }
  }

  /** What arrives now, in any order. */
  arrivals(now: number): Sent<M>[] {
    const arrived = this.#sent.filter(({ due }) => due <= now);
    this.#sent = this.#sent.filter(({ due }) => due > now);
    for (let i = arrived.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1);
      [arrived[i], arrived[j]] = [arrived[j]!, arrived[i]!];
    }
    return arrived;
  }

  /** Cuts the nodes in two, or one link in one way. */
  part(): void {
    const random = this.#random;
    const nodes = this.#nodes;
    if (random.below(3) === 0) {
      this.#cut.add(random.below(nodes * nodes));
      return;
    }
    const side = random.below(2 ** nodes);
    for (let from = 0; from < nodes; from++) {
      for (let to = 0; to < nodes; to++) {
        if (((side >> from) & 1) !== ((side >> to) & 1)) this.#cut.add(from * nodes + to);
      }
    }
  }

  heal(): void {
    this.#cut.clear();
  }
}
