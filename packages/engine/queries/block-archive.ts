import type { CommittedBlock } from '@ward/ledger';
import {
  type Crypto,
  type Digest,
  type Height,
  LightBlock,
  merkleSides,
  parseTransaction,
  type TransactionId,
  type TransactionProof,
  type TransactionResult,
} from '@ward/protocol';
import { envelopeTree, resultTree, type SealedBlock } from '../embedded/chain-writer.ts';
import { ENGINE_LIMITS } from '../limits.ts';

/** What receipts of a block's transactions are made of. */
export interface ReceiptParts {
  readonly transactions: readonly { readonly id: TransactionId; readonly digest: Digest }[];
  readonly results: readonly TransactionResult[];
  /** Of the transaction with this index. */
  proof(index: number): TransactionProof;
}

/** Blocks of an engine: their headers, and what receipts are made of. */
export interface ChainArchive {
  lightBlock(height: Height): LightBlock | undefined;
  receiptParts(height: Height): ReceiptParts | undefined;
  /** How many transactions each container of a block holds; null where there are none. */
  counts(height: Height): readonly (number | null)[] | null;
  /** What was asked of the ledger, and what came of it. */
  block(height: Height): CommittedBlock | undefined;
  /** Height of the oldest block that is kept. */
  readonly oldest: Height;
}

/** A ledger's log, as the state machine or somebody else reads it. */
export interface LoggedBlocks {
  block(height: Height): CommittedBlock | undefined;
  readonly oldestBlock: Height;
}

/** Keeps what was used last, at most `max` of it. */
export class RecentByHeight<T> {
  readonly #items = new Map<Height, T>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(height: Height): T | undefined {
    return this.#items.get(height);
  }

  add(height: Height, item: T): T {
    this.#items.set(height, item);
    if (this.#items.size > this.#max) this.#items.delete(this.#items.keys().next().value!);
    return item;
  }

  clear(): void {
    this.#items.clear();
  }
}

/** Blocks of the embedded engine, as the log has them; the newest ones decoded. */
export class BlockArchive implements ChainArchive {
  readonly #blocks: LoggedBlocks;
  readonly #crypto: Crypto;
  readonly #lightBlocks = new RecentByHeight<LightBlock>(ENGINE_LIMITS.lightBlocksMax);
  readonly #receiptParts = new RecentByHeight<ReceiptParts>(ENGINE_LIMITS.receiptBlocksMax);

  constructor(blocks: LoggedBlocks, crypto: Crypto) {
    this.#blocks = blocks;
    this.#crypto = crypto;
  }

  get oldest(): Height {
    return this.#blocks.oldestBlock;
  }

  block(height: Height): CommittedBlock | undefined {
    return this.#blocks.block(height);
  }

  /** Its transactions stand in blocks themselves. */
  counts(): null {
    return null;
  }

  /** Keeps at hand what was made anyway when the block was. */
  remember(block: SealedBlock): void {
    const { height } = block.lightBlock.header;
    this.#lightBlocks.add(height, block.lightBlock);
    this.#receiptParts.add(height, partsOf(block));
  }

  lightBlock(height: Height): LightBlock | undefined {
    const known = this.#lightBlocks.get(height);
    if (known !== undefined) return known;
    const block = this.#blocks.block(height);
    return block && this.#lightBlocks.add(height, LightBlock.decode(block.lightBlock));
  }

  receiptParts(height: Height): ReceiptParts | undefined {
    const known = this.#receiptParts.get(height);
    if (known !== undefined) return known;
    const block = this.#blocks.block(height);
    if (block === undefined) return undefined;
    const crypto = this.#crypto;
    const transactions = block.transactions.map((bytes) => {
      const { id, digest } = parseTransaction(bytes, crypto);
      return { id, digest };
    });
    const { results } = block;
    const dataTree = envelopeTree(transactions, crypto);
    const trees = { dataTree, resultTree: resultTree(results, crypto) };
    return this.#receiptParts.add(height, partsOf({ transactions, results, ...trees }));
  }
}

function partsOf({
  transactions,
  results,
  dataTree,
  resultTree,
}: Pick<ReceiptParts, 'transactions' | 'results'> &
  Pick<SealedBlock, 'dataTree' | 'resultTree'>): ReceiptParts {
  return {
    transactions,
    results,
    proof: (index) => ({
      sides: merkleSides(index, dataTree.count),
      path: dataTree.path(index),
      resultPath: resultTree.path(index),
    }),
  };
}
