import { availableParallelism } from 'node:os';
import type { StateMachine, VerifiedTransaction } from '@ward/ledger';
import { hasCode } from '@ward/protocol';
import type { Verdict } from '../embedded/ingress/ingress.ts';
import type { AnswerOf, RequestOf } from './abci-messages.ts';
import { mainAuthor } from './authors.ts';
import { BlockPace } from './block-pace.ts';
import { openContainers } from './container.ts';
import type { ContainerPool } from './container-pool.ts';
import type { Verifier } from './verifier.ts';

/** Codes of the mempool; those from 32,000 on say that the same may be offered again. */
const CODE_TAKEN = 0;
const CODE_REFUSED = 1;
const CODE_FULL = 32_000;
/** Bytes that a container takes in a block beside its own. */
const CONTAINER_HEAD_BYTES = 8;
/**
 * Containers of other nodes that are verified at one time: enough for all threads, and so few that
 * blocks do not wait behind them.
 */
const VERIFIED_AT_ONCE = Math.max(2, availableParallelism());

/** How long CometBFT waits for something to tell: less than what is told again could wait. */
const REAP_MS_MAX = 1000;
/** Blocks' worth of one author that is verified before blocks take it. */
const BLOCKS_AHEAD = 2;

export interface MempoolOptions {
  readonly machine: StateMachine;
  readonly pool: ContainerPool;
  readonly verifier: Verifier;
  readonly nowMs: () => number;
  /** Something failed that is not a transaction's fault. */
  readonly onFailed?: (error: unknown) => void;
}

/** Containers that no block has taken: told, taken in, verified, proposed. */
export class Mempool {
  readonly #options: MempoolOptions;
  readonly #pace = new BlockPace();
  #verifying = 0;

  constructor(options: MempoolOptions) {
    this.#options = options;
  }

  #pack(): void {
    const { pool, verifier, machine } = this.#options;
    for (const { bytes, waiting } of pool.pack(machine.time)) {
      verifier.remember(
        bytes,
        waiting.map(({ transaction }) => transaction),
      );
    }
  }

  /**
   * What the other nodes have to be told of. CometBFT asks again as soon as it was answered, ten
   * times a second: where there is nothing to tell, the answer waits until there is.
   *
   * @param hurried Resolves when it has to be answered in any case; at once unless given.
   */
  async reap(hurried?: Promise<void>): Promise<AnswerOf<'reapTxs'>> {
    const containers = this.#tell();
    if (containers.length > 0 || hurried === undefined) return { containers };
    const { pool } = this.#options;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        // Another one may wait by now, of a CometBFT that was started again.
        if (pool.onOwn === end) pool.onOwn = undefined;
        resolve();
      };
      const timer = setTimeout(end, REAP_MS_MAX);
      pool.onOwn = end;
      void hurried.then(end);
    });
    return { containers: this.#tell() };
  }

  #tell(): Uint8Array[] {
    this.#pack();
    const { pool, nowMs } = this.#options;
    return pool.tell(nowMs());
  }

  /**
   * Answers at once, before anything is verified: until it is answered, CometBFT reads nothing else
   * that the same node sends, votes neither.
   */
  insert({ bytes }: RequestOf<'insertTx'>): AnswerOf<'insertTx'> {
    const { pool, machine, verifier } = this.#options;
    if (pool.isKnown(bytes)) return { code: CODE_TAKEN };
    const opened = verifier.open(bytes);
    const author = opened === null ? undefined : this.#authorOf(opened.envelopes);
    if (opened === null || author === undefined) return { code: CODE_REFUSED };
    const container = { bytes, author, sizeBytes: opened.sizeBytes };
    if (!pool.insert(container, machine.time)) return { code: CODE_FULL };
    this.#verifyNext();
    return { code: CODE_TAKEN };
  }

  /** Undefined where something in it is no envelope, as far as it is read. */
  #authorOf(envelopes: readonly Uint8Array[]): string | undefined {
    try {
      return mainAuthor(envelopes, this.#options.pool.authorOf);
    } catch {
      return undefined;
    }
  }

  #verifyNext(): void {
    while (this.#verifying < VERIFIED_AT_ONCE) {
      const container = this.#options.pool.takeUnverified(this.#pace.bytesMax * BLOCKS_AHEAD);
      if (container === undefined) return;
      this.#verifying++;
      void this.#verify(container);
    }
  }

  async #verify(container: Uint8Array): Promise<void> {
    const { pool, verifier, onFailed } = this.#options;
    try {
      const verdict = await verifier.verify(container);
      pool.judge(container, this.#isWorthIt(verdict));
    } catch (error) {
      pool.judge(container, false);
      if (!hasCode(error, 'ENGINE_STOPPED')) onFailed?.(error);
    }
    this.#verifying--;
    this.#verifyNext();
  }

  /** All of it fits, and a block could take some: what was taken or is past its time comes back. */
  #isWorthIt(verdict: Verdict): boolean {
    const { machine } = this.#options;
    if (!verdict.every(isThere)) return false;
    return verdict.filter(isThere).some((transaction) => {
      try {
        machine.checkSigned(transaction, machine.time);
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Containers by their authors' shares, as many as fit and this node executes in a moment. */
  propose({ maxBytes }: RequestOf<'prepareProposal'>): AnswerOf<'prepareProposal'> {
    this.#pack();
    const { pool, verifier } = this.#options;
    const executedMax = this.#pace.bytesMax;
    const containers: Uint8Array[] = [];
    let blockBytes = 0;
    let executedBytes = 0;
    for (const { bytes, sizeBytes } of pool.containers()) {
      blockBytes += bytes.length + CONTAINER_HEAD_BYTES;
      executedBytes += sizeBytes;
      if (blockBytes > Number(maxBytes)) break;
      if (executedBytes > executedMax && containers.length > 0) break;
      containers.push(bytes);
    }
    // Those behind the ledger's own limits wait for the next block.
    const opened = openContainers(containers, (bytes) => verifier.open(bytes));
    return { containers: containers.filter((_, i) => opened[i] !== null) };
  }

  /** A block begins to be executed. */
  begin(containers: readonly Uint8Array[]): void {
    const { verifier } = this.#options;
    const sizes = containers.map((bytes) => verifier.open(bytes)?.sizeBytes ?? 0);
    this.#pace.begin(sizes.reduce((sum, size) => sum + size, 0));
  }

  /** The block is durable: there may be room for more of those whose containers it took. */
  end(): void {
    this.#pace.end();
    this.#verifyNext();
  }
}

function isThere(item: VerifiedTransaction | null): item is VerifiedTransaction {
  return item !== null;
}
