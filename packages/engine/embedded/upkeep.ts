import type { StateMachine } from '@ward/ledger';
import type { Height } from '@ward/protocol';
import type { PruneOrders } from './prune-orders.ts';

const CHECKPOINT_RECORDS = 100_000;
const CHECKPOINT_BLOCKS = 20_000;
/** Under load a checkpoint waits, until a restart would have so many times as much to replay. */
const BUSY_FACTOR = 4;
/** How long the parts of a checkpoint that are written at one time may hold up the engine. */
const PARTS_MS_MAX = 8;

export interface UpkeepOptions {
  /** Newest blocks that are kept at least; all of them unless told. */
  readonly retainedBlocks?: number | undefined;
  /** Records after which there is a checkpoint, if there are not more keys; 100,000 unless told. */
  readonly checkpointRecords?: number | undefined;
  /** Blocks after which there is one in any case; 20,000 unless told. */
  readonly checkpointBlocks?: number | undefined;
  /** Told when blocks below a height are gone. */
  readonly onPruned?: ((oldest: Height) => void) | undefined;
  /** What an operator orders beside that. */
  readonly pruneOrders?: PruneOrders | undefined;
}

/**
 * Checkpoints, so that a restart has no more to replay than it has to read anyway, and pruning, so
 * that the disk does not fill. A checkpoint is written in parts, with blocks between; pruning waits
 * for a moment when nothing else does, and holds up the engine until it has walked through all
 * keys.
 */
export class Upkeep {
  readonly #machine: StateMachine;
  readonly #options: UpkeepOptions;
  readonly #retainedBlocks: number;
  #checkpointAt: Height;
  #triedAt: Height = 0;
  #isWriting = false;

  constructor(machine: StateMachine, options: UpkeepOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#retainedBlocks = options.retainedBlocks ?? Number.POSITIVE_INFINITY;
    this.#checkpointAt = machine.height;
  }

  /**
   * Does what is due, or a part of it; to be called between blocks.
   *
   * @returns Whether there is more to do at once.
   */
  run({ isIdle }: { readonly isIdle: boolean }): boolean {
    const isFree = !this.#isWriting && isIdle;
    const order = isFree ? this.#options.pruneOrders?.take() : undefined;
    if (order !== undefined) order.done(this.#prune(order.keptBlocks));
    else if (isFree && this.#mayPrune()) this.#prune(this.#retainedBlocks);
    else if (this.#isWriting || this.#owesCheckpoint(isIdle)) this.#writeParts();
    return this.#isWriting;
  }

  #prune(keptBlocks: number): Height {
    const machine = this.#machine;
    const { height, oldestBlock } = machine;
    this.#triedAt = height;
    this.#checkpointAt = height;
    const oldest = machine.prune(height - keptBlocks + 1);
    if (oldest > oldestBlock) this.#options.onPruned?.(oldest);
    return oldest;
  }

  #writeParts(): void {
    if (!this.#isWriting) this.#checkpointAt = this.#machine.height;
    const startMs = performance.now();
    do this.#isWriting = !this.#machine.checkpointPart();
    while (this.#isWriting && performance.now() - startMs < PARTS_MS_MAX);
  }

  /** A quarter of what is kept is there to gain, and has come since the last time. */
  #mayPrune(): boolean {
    const { height, oldestBlock } = this.#machine;
    const enough = this.#retainedBlocks / 4;
    // Ids that are remembered may hold on to older blocks: trying every time would be in vain.
    const isDue = height - this.#triedAt > enough;
    return isDue && height - oldestBlock + 1 > this.#retainedBlocks + enough;
  }

  #owesCheckpoint(isIdle: boolean): boolean {
    const { checkpointRecords = CHECKPOINT_RECORDS, checkpointBlocks = CHECKPOINT_BLOCKS } =
      this.#options;
    const { keys, recordsSinceCheckpoint } = this.#machine.stats();
    const records = Math.max(checkpointRecords, keys) * (isIdle ? 1 : BUSY_FACTOR);
    const blocks = this.#machine.height - this.#checkpointAt;
    return recordsSinceCheckpoint >= records || (isIdle && blocks >= checkpointBlocks);
  }
}
