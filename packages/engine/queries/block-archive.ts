import type { StateMachine } from '@ward/ledger';
import {
  type Crypto,
  type Digest,
  type Height,
  LightBlock,
  parseTransaction,
  type TransactionId,
  type TransactionResult,
} from '@ward/protocol';
import { envelopeTree, resultTree } from '../embedded/chain-writer.ts';
import type { MerkleTree } from '../embedded/merkle-tree.ts';
import { ENGINE_LIMITS } from '../limits.ts';

/** What receipts of a block's transactions are made of. */
export interface ReceiptParts {
  readonly transactions: readonly { readonly id: TransactionId; readonly digest: Digest }[];
  readonly results: readonly TransactionResult[];
  readonly dataTree: MerkleTree;
  readonly resultTree: MerkleTree;
}

/** Keeps what was used last, at most `max` of it. */
class RecentByHeight<T> {
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
}

/** Blocks as the log has them, the newest ones decoded. */
export class BlockArchive {
  readonly #machine: StateMachine;
  readonly #crypto: Crypto;
  readonly #lightBlocks = new RecentByHeight<LightBlock>(ENGINE_LIMITS.lightBlocksMax);
  readonly #receiptParts = new RecentByHeight<ReceiptParts>(ENGINE_LIMITS.receiptBlocksMax);

  constructor(machine: StateMachine, crypto: Crypto) {
    this.#machine = machine;
    this.#crypto = crypto;
  }

  /** Keeps at hand what was made anyway when the block was. */
  remember(block: ReceiptParts & { readonly lightBlock: LightBlock }): void {
    const { height } = block.lightBlock.header;
    this.#lightBlocks.add(height, block.lightBlock);
    this.#receiptParts.add(height, block);
  }

  lightBlock(height: Height): LightBlock | undefined {
    const known = this.#lightBlocks.get(height);
    if (known !== undefined) return known;
    const block = this.#machine.block(height);
    return block && this.#lightBlocks.add(height, LightBlock.decode(block.lightBlock));
  }

  receiptParts(height: Height): ReceiptParts | undefined {
    const known = this.#receiptParts.get(height);
    if (known !== undefined) return known;
    const block = this.#machine.block(height);
    if (block === undefined) return undefined;
    const crypto = this.#crypto;
    const transactions = block.transactions.map((bytes) => {
      const { id, digest } = parseTransaction(bytes, crypto);
      return { id, digest };
    });
    return this.#receiptParts.add(height, {
      transactions,
      results: block.results,
      dataTree: envelopeTree(transactions, crypto),
      resultTree: resultTree(block.results, crypto),
    });
  }
}
