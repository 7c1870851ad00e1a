import type { Crypto, Height } from '@ward/protocol';
import { type CommittedBlock, slotsOf } from '../machine/block-outcome.ts';
import type { Storage } from '../ports.ts';
import { BlockLog } from './block-log.ts';
import { surveyLog } from './recovery.ts';

/** Blocks of a ledger that ended, out of its log alone: nothing of its state is in memory. */
export class LogArchive {
  /** Of the last block; 0 where there is none. */
  readonly height: Height;
  readonly #log: BlockLog;

  /** @throws WardError `LOG_CORRUPT`, `LOG_VERSION`. */
  constructor(storage: Storage, crypto: Crypto) {
    this.#log = new BlockLog(storage, crypto);
    this.height = surveyLog(this.#log).newest?.height ?? 0;
  }

  /** Height of the oldest block that is kept. */
  get oldestBlock(): Height {
    return Math.max(1, this.#log.heights.oldest ?? this.height + 1);
  }

  /**
   * A block; undefined where it is not kept.
   *
   * @throws WardError `LOG_CORRUPT`.
   */
  block(height: Height): CommittedBlock | undefined {
    const block = height < 1 ? undefined : this.#log.block(height);
    return block && { ...block, slots: slotsOf(block.events) };
  }
}
