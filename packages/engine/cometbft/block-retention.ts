import type { StateMachine } from '@ward/ledger';
import { DEFAULT_CONSENSUS, networkState } from '@ward/ledger/schema';
import type { Height, Seconds } from '@ward/protocol';

/**
 * Which blocks CometBFT need not keep: those that the ledger has pruned, once whatever a validator
 * did in them is too old to be evidence. A node that lacks a block for which evidence may come
 * would vote otherwise than the others.
 */
export class BlockRetention {
  readonly #machine: StateMachine;
  /** The ledger's oldest block, with its time. */
  #oldest: { readonly height: Height; readonly time: Seconds } | undefined;

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  /** Height below which CometBFT may forget; 0 keeps everything. */
  height(): Height {
    const machine = this.#machine;
    const { oldestBlock } = machine;
    if (oldestBlock <= 1 || oldestBlock > machine.height) return 0;
    if (this.#oldest?.height !== oldestBlock) {
      this.#oldest = { height: oldestBlock, time: machine.block(oldestBlock)!.time };
    }
    const { evidenceBlocksMax, evidenceSecondsMax } =
      machine.read(networkState.consensus) ?? DEFAULT_CONSENSUS;
    const isExpired =
      machine.height - oldestBlock > evidenceBlocksMax &&
      machine.time - this.#oldest.time > evidenceSecondsMax;
    return isExpired ? oldestBlock : 0;
  }
}
