import type { StateMachine } from '@ward/ledger';

/** Records after which a checkpoint is written when nothing else waits, and in any case. */
const RECORDS_WHEN_IDLE = 500_000;
const RECORDS_AT_MOST = 2_000_000;
/** Blocks between two looks at what is due. */
const LOOK_EVERY_BLOCKS = 64;

export interface UpkeepOptions {
  /** Newest blocks that are kept at least; all of them unless told. */
  readonly retainedBlocks?: number | undefined;
}

/**
 * Checkpoints, so that a restart has little to replay, and pruning, so that the disk does not fill.
 * Both hold up the engine for as long as it takes to walk through all keys.
 */
export class Upkeep {
  readonly #machine: StateMachine;
  readonly #retainedBlocks: number;
  #nextLook = 0;

  constructor(machine: StateMachine, { retainedBlocks }: UpkeepOptions) {
    this.#machine = machine;
    this.#retainedBlocks = retainedBlocks ?? Number.POSITIVE_INFINITY;
  }

  /** Does what is due; to be called between blocks. */
  run({ isIdle }: { readonly isIdle: boolean }): void {
    const machine = this.#machine;
    if (machine.height < this.#nextLook) return;
    this.#nextLook = machine.height + LOOK_EVERY_BLOCKS;
    const surplus = machine.height - machine.oldestBlock + 1 - this.#retainedBlocks;
    // Half as many again, so that the work is worth it.
    if (isIdle && surplus > this.#retainedBlocks / 2) {
      machine.prune(machine.height - this.#retainedBlocks + 1);
      return;
    }
    const { recordsSinceCheckpoint } = machine.stats();
    const most = isIdle ? RECORDS_WHEN_IDLE : RECORDS_AT_MOST;
    if (recordsSinceCheckpoint >= most) machine.checkpoint();
  }
}
