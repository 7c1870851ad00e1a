import type { StateMachine } from '@ward/ledger';
import type { Height } from '@ward/protocol';
import type { NodeLimits } from './limits.ts';

export interface LedgerUpkeepOptions {
  readonly machine: StateMachine;
  readonly limits: Pick<
    NodeLimits,
    'checkpointRecordsMin' | 'checkpointBlocksMax' | 'keptBlocks' | 'upkeepMs'
  >;
  /** Blocks below this height are gone. */
  onPruned(oldest: Height): void;
}

/**
 * Keeps the start of a node short and its disk small, between blocks: a checkpoint when a restart
 * would have to replay as much as it has to read anyway, and, where the operator wants it, no more
 * than so many blocks.
 */
export class LedgerUpkeep {
  readonly #options: LedgerUpkeepOptions;
  readonly #timer: NodeJS.Timeout;
  #checkpointAt: Height;
  #prunedAt: Height = 0;

  constructor(options: LedgerUpkeepOptions) {
    this.#options = options;
    this.#checkpointAt = options.machine.height;
    this.#timer = setInterval(() => this.run(), options.limits.upkeepMs);
    this.#timer.unref();
  }

  /** Does what is due now. */
  run(): void {
    const { machine, onPruned, limits } = this.#options;
    if (this.#mayPrune()) {
      this.#prunedAt = machine.height;
      onPruned(machine.prune(machine.height - limits.keptBlocks));
    } else if (this.#owesCheckpoint()) machine.checkpoint();
    else return;
    this.#checkpointAt = machine.height;
  }

  /** A quarter of what is kept is there to gain, and has come since the last time. */
  #mayPrune(): boolean {
    const { machine, limits } = this.#options;
    const { keptBlocks } = limits;
    const { height, oldestBlock } = machine;
    const enough = keptBlocks / 4;
    // States that a restart reads may hold on to older blocks: trying every time is in vain.
    const isDue = height - this.#prunedAt > enough;
    return keptBlocks > 0 && isDue && height - oldestBlock > keptBlocks + enough;
  }

  #owesCheckpoint(): boolean {
    const { machine, limits } = this.#options;
    const { keys, recordsSinceCheckpoint } = machine.stats();
    const blocks = machine.height - this.#checkpointAt;
    return (
      recordsSinceCheckpoint >= Math.max(limits.checkpointRecordsMin, keys) ||
      blocks >= limits.checkpointBlocksMax
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
