import type { StateMachine } from '@ward/ledger';
import type { Height } from '@ward/protocol';

const CHECKPOINT_RECORDS = 100_000;
const CHECKPOINT_BLOCKS = 20_000;
/** Under load a checkpoint waits, until a restart would have so many times as much to replay. */
const BUSY_FACTOR = 4;

export interface UpkeepOptions {
  /** Newest blocks that are kept at least; all of them unless told. */
  readonly retainedBlocks?: number | undefined;
  /** Records after which there is a checkpoint, if there are not more keys; 100,000 unless told. */
  readonly checkpointRecords?: number | undefined;
  /** Blocks after which there is one in any case; 20,000 unless told. */
  readonly checkpointBlocks?: number | undefined;
  /** Told when blocks below a height are gone. */
  readonly onPruned?: ((oldest: Height) => void) | undefined;
}

/**
 * Checkpoints, so that a restart has no more to replay than it has to read anyway, and pruning, so
 * that the disk does not fill. Both hold up the engine for as long as it takes to walk through all
 * keys.
 */
export class Upkeep {
  readonly #machine: StateMachine;
  readonly #options: UpkeepOptions;
  readonly #retainedBlocks: number;
  #checkpointAt: Height;
  #triedAt: Height = 0;

  constructor(machine: StateMachine, options: UpkeepOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#retainedBlocks = options.retainedBlocks ?? Number.POSITIVE_INFINITY;
    this.#checkpointAt = machine.height;
  }

  /** Does what is due; to be called between blocks. */
  run({ isIdle }: { readonly isIdle: boolean }): void {
    const machine = this.#machine;
    const { height } = machine;
    if (isIdle && this.#mayPrune()) {
      this.#triedAt = height;
      const { oldestBlock } = machine;
      const oldest = machine.prune(height - this.#retainedBlocks + 1);
      if (oldest > oldestBlock) this.#options.onPruned?.(oldest);
    } else if (this.#owesCheckpoint(isIdle)) machine.checkpoint();
    else return;
    this.#checkpointAt = height;
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
