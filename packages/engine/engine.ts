import type { NodeStatus } from '@ward/ledger/schema';
import type { Height, LightBlock, TransactionId, TransactionResult } from '@ward/protocol';

/** Where a transaction stands, and what came of it. */
export interface Commitment {
  readonly id: TransactionId;
  readonly height: Height;
  /** Place in the block, from 0. */
  readonly index: number;
  /** Code 0: all messages applied; 1: refused, `data` is an `Outcome`. */
  readonly result: TransactionResult;
}

/** What waits for a block. */
export interface MempoolSize {
  /** Transactions that came to this node. */
  readonly transactions: number;
  /** Bytes, with those of other nodes. */
  readonly bytes: number;
}

/**
 * What orders transactions into blocks and drives the state machine: one process (`embedded`) or
 * many organisations (`cometbft`). Queries go to the state machine; `EngineQueries` asks it for
 * nothing newer than `newest`.
 */
export interface ConsensusEngine {
  readonly kind: NodeStatus['engine'];
  /** The newest block that is final and durable; undefined before there is one. */
  readonly newest: LightBlock | undefined;
  /**
   * Resolves with the reason when the engine had to stop by itself: a disk that failed, a broken
   * invariant. Nothing that was acknowledged is lost; the process is to be started anew.
   */
  readonly halted: Promise<Error>;
  /** What was taken and stands in no block yet. */
  readonly mempool: MempoolSize;
  /** Recovers, then makes or follows blocks; {@link newest} is there when it returns. */
  start(): Promise<void>;
  /**
   * Takes a signed transaction.
   *
   * @param envelope Not changed by the caller afterwards.
   * @returns When the block that took it is final and durable. A refusal by a contract is a result,
   * not an error.
   * @throws WardError why it was not taken: `TRANSACTION_*`, `NETWORK_MISMATCH`, `SIGNER_UNKNOWN`,
   * `ENGINE_BUSY`, `DISK_FULL`, `ENGINE_STOPPED`, `CBOR_*`, `FORMAT_*`.
   */
  submit(envelope: Uint8Array): Promise<Commitment>;
  /**
   * Calls `listener` for each block, in order, once it is final and durable.
   *
   * @returns Ends the calls.
   */
  onBlock(listener: (block: LightBlock) => void): () => void;
  /** Takes no more transactions, finishes those it has, lets go of everything. */
  stop(): Promise<void>;
}
