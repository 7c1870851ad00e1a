import type { CheckpointWriter } from '../log/checkpoint.ts';
import { beginCheckpoint, type Newest, pruneLog, type UpkeepOptions } from './upkeep.ts';

/** Checkpoints and pruning of one ledger: what is being written, and what has come since. */
export class Checkpoints {
  readonly #options: UpkeepOptions;
  /** The one that is begun and not whole, whose version the tree holds until it is. */
  #writer: CheckpointWriter | undefined;
  #recordsBefore = 0;
  /** Records written since the newest checkpoint began that is whole. */
  records = 0;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /**
   * Writes one part, of a new checkpoint where none is begun.
   *
   * @returns Whether it was the last one.
   */
  part(newest: Newest): boolean {
    this.#writer ??= this.#begin(newest);
    if (!this.#writer.step()) return false;
    this.records -= this.#recordsBefore;
    this.abandon();
    return true;
  }

  #begin(newest: Newest): CheckpointWriter {
    const writer = beginCheckpoint(this.#options, newest);
    this.#options.tree.hold(writer.height);
    this.#recordsBefore = this.records;
    return writer;
  }

  /** Writes a whole one of now. */
  whole(newest: Newest): void {
    this.abandon();
    while (!this.part(newest));
  }

  /** Leaves unfinished what is begun: recovery passes over it. */
  abandon(): void {
    this.#writer = undefined;
    this.#options.tree.hold(undefined);
  }

  /** See {@link pruneLog}, which ends with a checkpoint. */
  prune(belowHeight: number, newest: Newest): number {
    this.abandon();
    const oldest = pruneLog(this.#options, belowHeight, newest);
    this.records = 0;
    return oldest;
  }
}
