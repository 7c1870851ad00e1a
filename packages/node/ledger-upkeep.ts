import type { ConsensusEngine } from '@ward/engine';
import type { StateMachine } from '@ward/ledger';
import type { Height } from '@ward/protocol';
import type { NodeLimits } from './limits.ts';

export interface LedgerUpkeepOptions {
  readonly engine: ConsensusEngine;
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

  constructor(options: LedgerUpkeepOptions) {
    this.#options = options;
    this.#checkpointAt = options.machine.height;
    this.#timer = setInterval(() => this.run(), options.limits.upkeepMs);
    this.#timer.unref();
  }

  /** Does what is due now. */
  run(): void {
    const { machine, limits, onPruned } = this.#options;
    const { keptBlocks } = limits;
    // A quarter more than what is kept, so that there is something to gain.
    const isLong = keptBlocks > 0 && this.#keptNow() > keptBlocks + keptBlocks / 4;
    if (isLong) onPruned(machine.prune(machine.height - keptBlocks));
    else if (!this.#owesCheckpoint()) return;
    else machine.checkpoint();
    this.#checkpointAt = machine.height;
  }

  #keptNow(): number {
    const { machine, engine } = this.#options;
    return (engine.newest?.header.height ?? 0) - machine.oldestBlock;
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
