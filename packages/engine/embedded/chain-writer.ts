import type { StateMachine, VerifiedTransaction } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import {
  type Crypto,
  type Digest,
  encodeTransactionResult,
  equalBytes,
  LightBlock,
  merkleLeaf,
  type TransactionResult,
} from '@ward/protocol';
import type { EngineWatch } from '../engine-watch.ts';
import { BlockMaker } from './block-maker.ts';
import { nextBlockTime } from './block-time.ts';
import { MerkleTree } from './merkle-tree.ts';

/** A block that is executed, signed and in the log, though perhaps not durable yet. */
export interface SealedBlock {
  readonly lightBlock: LightBlock;
  readonly transactions: readonly VerifiedTransaction[];
  readonly results: readonly TransactionResult[];
  /** Over SHA-256 of the envelopes; its root stands in this header. */
  readonly dataTree: MerkleTree;
  /** Over the results; its root stands in the next header. */
  readonly resultTree: MerkleTree;
}

export interface ChainWriterOptions {
  readonly genesis: Genesis;
  readonly validatorSeed: Uint8Array;
  readonly machine: StateMachine;
  readonly watch?: EngineWatch;
  readonly crypto: Crypto;
}

/** Adds blocks to the chain: what is signed comes from the state machine and the block before. */
export class ChainWriter {
  readonly #machine: StateMachine;
  readonly #maker: BlockMaker;
  readonly #genesis: Genesis;
  readonly #crypto: Crypto;
  readonly #watch: EngineWatch | undefined;
  #last: LightBlock | undefined;
  #lastResultsHash: Digest;

  /** @throws WardError `VALIDATOR_MISMATCH`. */
  constructor({ genesis, validatorSeed, machine, watch, crypto }: ChainWriterOptions) {
    this.#maker = new BlockMaker(genesis, validatorSeed, crypto);
    this.#machine = machine;
    this.#genesis = genesis;
    this.#crypto = crypto;
    this.#watch = watch;
    const last = machine.height === 0 ? undefined : machine.block(machine.height);
    this.#last = last && LightBlock.decode(last.lightBlock);
    this.#lastResultsHash = resultTree(last?.results ?? [], crypto).root;
  }

  /** The newest block, durable or not; undefined before the first. */
  get last(): LightBlock | undefined {
    return this.#last;
  }

  /** Whether the ledger was promoted: only a block that proves it is still to come. */
  get isOver(): boolean {
    return this.#machine.isOver;
  }

  /** Whether that block is there: the chain has no other. */
  get isEnded(): boolean {
    const proved = this.#last?.header.appHash;
    return this.isOver && proved !== undefined && equalBytes(proved, this.#machine.appHash);
  }

  /** Time in seconds that a block would have now. */
  timeAt(clockMs: number): number {
    return this.#nextTime(clockMs).seconds;
  }

  #nextTime(clockMs: number) {
    const last = this.#last?.header.time ?? { seconds: this.#genesis.time, nanos: 0 };
    return nextBlockTime(last, clockMs);
  }

  /** Executes, signs and logs one block. */
  seal(transactions: readonly VerifiedTransaction[], clockMs: number): SealedBlock {
    const machine = this.#machine;
    const height = machine.height + 1;
    const time = this.#nextTime(clockMs);
    const dataTree = envelopeTree(transactions, this.#crypto);
    const contents = {
      height,
      time,
      dataHash: dataTree.root,
      appHash: machine.appHash,
      lastResultsHash: this.#lastResultsHash,
    };
    const startMs = performance.now();
    const { results } = machine.execute({ height, time: time.seconds, transactions });
    this.#watch?.executed(performance.now() - startMs);
    const lightBlock = this.#maker.make(contents, this.#last);
    machine.commit({ lightBlock: LightBlock.encode(lightBlock) });
    const outcomes = resultTree(results, this.#crypto);
    this.#last = lightBlock;
    this.#lastResultsHash = outcomes.root;
    return { lightBlock, transactions, results, dataTree, resultTree: outcomes };
  }
}

/** The tree whose root is a header's data hash. */
export function envelopeTree(
  transactions: readonly { readonly digest: Digest }[],
  crypto: Crypto,
): MerkleTree {
  return new MerkleTree(
    transactions.map(({ digest }) => merkleLeaf(digest, crypto)),
    crypto,
  );
}

/** The tree whose root is the next header's last results hash. */
export function resultTree(results: readonly TransactionResult[], crypto: Crypto): MerkleTree {
  let last: { readonly result: TransactionResult; readonly leaf: Digest } | undefined;
  const leaves = results.map((result) => {
    // The result of a transaction that applied is always the same object.
    if (last?.result !== result) {
      last = { result, leaf: merkleLeaf(encodeTransactionResult(result), crypto) };
    }
    return last.leaf;
  });
  return new MerkleTree(leaves, crypto);
}
