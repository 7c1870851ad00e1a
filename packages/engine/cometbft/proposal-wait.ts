import type { StateMachine } from '@ward/ledger';
import { equalBytes } from '@ward/protocol';
import type { RequestOf } from './abci-messages.ts';
import { hasAllVotes } from './block-words.ts';
import type { ContainerPool } from './container-pool.ts';

export interface ProposalWaitOptions {
  /**
   * How long after a block that changed nothing the next empty one is proposed; 800 ms unless told,
   * and always well below the time after which the others give up a proposal: see `engine-home.ts`.
   */
  readonly idleBlockMs?: number | undefined;
}

const IDLE_BLOCK_MS = 800;

/**
 * Who proposes and has nothing to propose waits for something: a network that has nothing to do
 * makes half as many blocks, and the first transaction is proposed the moment it comes. Nothing
 * waits behind a block that changed something, for the next header is what proves it; nor evidence;
 * nor a round that follows one without a block, for by then the time is over. Nor while a validator
 * is away: the block that it would propose comes more than a second late, and the newest block's
 * time is that of the one before.
 */
export class ProposalWait {
  readonly #machine: StateMachine;
  readonly #pool: ContainerPool;
  readonly #idleBlockMs: number;
  readonly #nowMs: () => number;
  #appHash: Uint8Array;
  #isWhole = true;
  /** Until when it may wait; nothing is waited for before there was an idle block. */
  #untilMs = 0;

  /** @param nowMs Of a clock that never goes back. */
  constructor(
    options: ProposalWaitOptions & {
      readonly machine: StateMachine;
      readonly pool: ContainerPool;
    },
    nowMs: () => number = () => performance.now(),
  ) {
    const { machine, pool, idleBlockMs = IDLE_BLOCK_MS } = options;
    this.#machine = machine;
    this.#pool = pool;
    this.#idleBlockMs = idleBlockMs;
    this.#nowMs = nowMs;
    this.#appHash = machine.appHash;
  }

  /** A block begins to be executed. */
  begin(request: RequestOf<'finalizeBlock'>): void {
    this.#isWhole = hasAllVotes(request);
  }

  /** The block is durable. */
  committed(): void {
    const { appHash } = this.#machine;
    const isIdle = equalBytes(appHash, this.#appHash);
    this.#appHash = appHash;
    this.#untilMs = isIdle && this.#isWhole ? this.#nowMs() + this.#idleBlockMs : 0;
  }

  /** Returns when there is something to propose, or an empty block has to be. */
  async end({ misbehavior }: RequestOf<'prepareProposal'>): Promise<void> {
    const leftMs = this.#untilMs - this.#nowMs();
    if (leftMs <= 0 || misbehavior.length > 0 || this.#pool.isReady) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        if (this.#pool.onReady === end) this.#pool.onReady = undefined;
        resolve();
      };
      const timer = setTimeout(end, leftMs);
      this.#pool.onReady = end;
    });
  }
}
