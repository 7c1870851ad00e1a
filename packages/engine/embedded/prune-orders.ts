import type { Height } from '@ward/protocol';

/** A pruning that somebody waits for. */
export interface PruneOrder {
  /** Newest blocks to keep. */
  readonly keptBlocks: number;
  /** Told the oldest block that is kept. */
  readonly done: (oldest: Height) => void;
}

/** Prunings that an operator orders: each is done between two blocks, when nothing else waits. */
export class PruneOrders {
  readonly #waiting: PruneOrder[] = [];

  /** @returns Height of the oldest block that is kept, once it is done. */
  order(keptBlocks: number): Promise<Height> {
    return new Promise((done) => {
      this.#waiting.push({ keptBlocks, done });
    });
  }

  /** The next one; it is not given again. */
  take(): PruneOrder | undefined {
    return this.#waiting.shift();
  }
}
