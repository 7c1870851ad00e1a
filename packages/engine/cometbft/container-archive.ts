import type { CommittedBlock, StateMachine } from '@ward/ledger';
import { LEDGER_LIMITS } from '@ward/ledger/schema';
import {
  type Crypto,
  containedLeaf,
  containerResult,
  defineFormat,
  encodeTransactionResult,
  type FormatOf,
  field,
  type Height,
  type LightBlock,
  merkleLeaf,
  merkleSides,
  NO_CONTAINER_RESULT,
  parseTransaction,
  type TransactionProof,
  type TransactionResult,
} from '@ward/protocol';
import { MerkleTree } from '../embedded/merkle-tree.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import { type ChainArchive, type ReceiptParts, RecentByHeight } from '../queries/block-archive.ts';
import type { LightBlockStore } from './light-block-store.ts';

/**
 * What the ledger's log keeps of a block in the place of a light block, which is not there yet when
 * the block has to be durable: name of the block, and how many transactions of each container it
 * took; null for what was no container.
 */
export const BlockContainers = defineFormat('block-containers', 1, {
  block: field.bytes(32),
  counts: field.list(field.nullable(field.integer(0, 0xffff)), {
    max: LEDGER_LIMITS.containersPerBlockMax,
  }),
});
export type BlockContainers = FormatOf<typeof BlockContainers>;

/** A transaction that a block took, with what came of it. */
interface Taken {
  readonly digest: Uint8Array;
  readonly result: TransactionResult;
}

/** Results of a block's containers and, within them, those of the transactions. */
export class ContainerResults {
  /** As CometBFT hashes them: one for each container. */
  readonly results: readonly TransactionResult[];
  readonly #trees: readonly (MerkleTree | null)[];
  readonly #outer: MerkleTree;
  /** Where the transactions of each container begin. */
  readonly #starts: readonly number[];

  /** @param taken Transactions of all containers, in their order. */
  constructor(counts: BlockContainers['counts'], taken: readonly Taken[], crypto: Crypto) {
    const starts: number[] = [];
    let at = 0;
    this.#trees = counts.map((count) => {
      starts.push(at);
      if (count === null) return null;
      const own = taken.slice(at, at + count);
      at += count;
      const leaves = own.map(({ digest, result }) => containedLeaf(digest, result, crypto));
      return new MerkleTree(leaves, crypto);
    });
    this.#starts = starts;
    this.results = this.#trees.map((tree) =>
      tree === null ? NO_CONTAINER_RESULT : containerResult(tree.root),
    );
    const outer = this.results.map((one) => merkleLeaf(encodeTransactionResult(one), crypto));
    this.#outer = new MerkleTree(outer, crypto);
  }

  /** @param index Of a transaction, over all containers. */
  proof(index: number): TransactionProof {
    // The last one: those without transactions begin where the next one does.
    const container = this.#starts.findLastIndex((start) => start <= index);
    const tree = this.#trees[container]!;
    const place = index - this.#starts[container]!;
    const path = tree.path(place);
    const outerSides = merkleSides(container, this.#outer.count);
    return {
      sides: merkleSides(place, tree.count) + outerSides * 2 ** path.length,
      path,
      resultPath: this.#outer.path(container),
    };
  }
}

/** Blocks of CometBFT: what they hold from the ledger's log, headers from their own store. */
export class ContainerArchive implements ChainArchive {
  readonly #machine: StateMachine;
  readonly #store: LightBlockStore;
  readonly #crypto: Crypto;
  readonly #receiptParts = new RecentByHeight<ReceiptParts>(ENGINE_LIMITS.receiptBlocksMax);

  constructor(machine: StateMachine, store: LightBlockStore, crypto: Crypto) {
    this.#machine = machine;
    this.#store = store;
    this.#crypto = crypto;
  }

  lightBlock(height: Height): LightBlock | undefined {
    return this.#store.read(height);
  }

  counts(height: Height): BlockContainers['counts'] | null {
    const block = this.#machine.block(height);
    return block === undefined ? null : BlockContainers.decode(block.lightBlock).counts;
  }

  get oldest(): Height {
    return this.#machine.oldestBlock;
  }

  block(height: Height): CommittedBlock | undefined {
    return this.#machine.block(height);
  }

  receiptParts(height: Height): ReceiptParts | undefined {
    const known = this.#receiptParts.get(height);
    if (known !== undefined) return known;
    const block = this.#machine.block(height);
    if (block === undefined) return undefined;
    const { results } = block;
    const transactions = block.transactions.map((bytes) => {
      const { id, digest } = parseTransaction(bytes, this.#crypto);
      return { id, digest };
    });
    const taken = transactions.map(({ digest }, index) => ({ digest, result: results[index]! }));
    const { counts } = BlockContainers.decode(block.lightBlock);
    const containers = new ContainerResults(counts, taken, this.#crypto);
    const proof = (index: number) => containers.proof(index);
    return this.#receiptParts.add(height, { transactions, results, proof });
  }
}
