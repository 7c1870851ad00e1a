import { setImmediate as breathe } from 'node:timers/promises';
import type { StateMachine } from '@ward/ledger';
import {
  type BlockContent,
  type BlockHeaders,
  type BlockSlots,
  type Genesis,
  HEADERS_MAX,
  type NodeStatus,
  type PromotionAnswer,
  type ProofAnswer,
  type ProofRequest,
  type Receipt,
  refuseLedger,
} from '@ward/ledger/schema';
import {
  type AbortSignalLike,
  type AccountId,
  type Crypto,
  type Height,
  hasCode,
  type LightBlock,
  type ParsedTransaction,
  parseTransaction,
  type TransactionId,
  type WardError,
} from '@ward/protocol';
import type { ConsensusEngine } from '../engine.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import type { ChainArchive } from './block-archive.ts';
import { HeightWatch } from './height-watch.ts';

export interface EngineQueriesOptions {
  readonly engine: ConsensusEngine;
  readonly machine: StateMachine;
  readonly archive: ChainArchive;
  readonly genesis: Genesis;
  /** Who runs the node. */
  readonly organisation: AccountId;
  /** Name and version, as in `ward/0.1.0`. */
  readonly software: string;
  /** Where a committed transaction stands; unless told, the log is searched. */
  readonly find?: (id: TransactionId) => TransactionPlace | undefined;
  /** How this chain began from another one, or goes on as another; undefined where it does not. */
  readonly promotion?: () => PromotionAnswer | undefined;
  readonly crypto: Crypto;
}

/** Where a transaction stands on the ledger. */
export interface TransactionPlace {
  readonly height: Height;
  /** Place in the block, from 0. */
  readonly index: number;
}

export interface StreamOptions {
  /** First height; null: the next block that comes. */
  readonly from: Height | null;
  readonly signal?: AbortSignalLike | undefined;
}

/** Blocks that a stream reads from the log before others get their turn. */
const READ_AT_ONCE = 32;

/**
 * What a node answers about its ledger: values of exactly the formats of the ledger's API. Nothing
 * is told of a block before it is final and durable.
 *
 * Blocks, light blocks and receipts are there as far back as the log is kept; state as far as
 * `StateMachine` retains it (the last 64 states unless told). The newest state that can be proved
 * is the one after the block before the newest: the newest header names its root.
 */
export class EngineQueries {
  readonly #options: EngineQueriesOptions;
  readonly #watch: HeightWatch;
  #streams = 0;

  constructor(options: EngineQueriesOptions) {
    this.#options = options;
    this.#watch = new HeightWatch(options.engine);
  }

  /** Ends streams and waits; the engine is stopped beside it. */
  close(): void {
    this.#watch.close();
  }

  status(): NodeStatus {
    const { engine, machine, archive, organisation, software } = this.#options;
    const { network } = machine.realm;
    const { height, time } = engine.newest?.header ?? { height: 0, time: { seconds: 0 } };
    return {
      software,
      engine: engine.kind,
      organisation,
      network,
      chain: machine.chain,
      height,
      time: time.seconds,
      oldestHeight: archive.oldest,
    };
  }

  genesis(): Genesis {
    return this.#options.genesis;
  }

  /**
   * How this chain began from another one, or goes on as another.
   *
   * @throws WardError `PROMOTION_UNKNOWN`.
   */
  promotion(): PromotionAnswer {
    const promotion = this.#options.promotion?.();
    if (promotion === undefined) throw refuseLedger('PROMOTION_UNKNOWN');
    return promotion;
  }

  /**
   * @param height 0 for the newest.
   * @throws WardError `HEIGHT_NOT_RETAINED`.
   */
  lightBlock(height: Height): LightBlock {
    const wanted = height === 0 ? this.#watch.height : height;
    const block = wanted <= this.#watch.height ? this.#archived(wanted) : undefined;
    return block ?? this.#notRetained(height);
  }

  /**
   * The header of a height and those before it, as far as there are.
   *
   * @throws WardError `HEIGHT_NOT_RETAINED`.
   */
  async blockHeaders(height: Height): Promise<BlockHeaders> {
    const headers = [this.lightBlock(height).header];
    while (headers.length < Math.min(height, HEADERS_MAX)) {
      const before = this.#archived(height - headers.length);
      if (before === undefined) break;
      headers.push(before.header);
      // Each is read out of its whole block.
      if (headers.length % READ_AT_ONCE === 0) await breathe();
    }
    return { headers };
  }

  #archived(height: Height): LightBlock | undefined {
    return this.#options.archive.lightBlock(height);
  }

  #notRetained(height: Height): never {
    const { oldest } = this.#options.archive;
    throw refuseLedger('HEIGHT_NOT_RETAINED', { height, oldest, newest: this.#watch.height });
  }

  /**
   * Values and absences of keys after one height, with the light block whose header names the root.
   *
   * @throws WardError `HEIGHT_NOT_RETAINED`.
   */
  prove({ keys, height }: ProofRequest): ProofAnswer {
    const newest = this.#watch.height;
    const at = height ?? newest - 1;
    if (at < 0 || at >= newest) this.#notRetained(at);
    const { machine } = this.#options;
    const items = keys.map((key) => machine.prove(key, at));
    return { block: this.lightBlock(at + 1), items };
  }

  /**
   * Takes a signed transaction and waits for its receipt. The same transaction may be sent again
   * and again: it is done once, and every time the one receipt is the answer.
   *
   * @throws WardError as `ConsensusEngine.submit`.
   */
  async submit(envelope: Uint8Array, signal?: AbortSignalLike): Promise<Receipt> {
    const { engine, crypto } = this.#options;
    try {
      const { id, ...place } = await engine.submit(envelope);
      return await this.#receiptAt(id, place, signal);
    } catch (error) {
      const mayBeCopy =
        hasCode(error, 'TRANSACTION_REPLAYED') || hasCode(error, 'TRANSACTION_EXPIRED');
      if (!mayBeCopy) throw error;
      return this.#receiptOfCopy(parseTransaction(envelope, crypto), error as WardError, signal);
    }
  }

  /**
   * The receipt of a transaction that came before, here or at another node: it may stand in a block
   * already, or wait for one until its time has passed.
   */
  async #receiptOfCopy(
    { id, body }: Pick<ParsedTransaction, 'id' | 'body'>,
    refusal: WardError,
    signal?: AbortSignalLike,
  ): Promise<Receipt> {
    for (;;) {
      const place = this.#find(id);
      if (place !== undefined) return this.#receiptAt(id, place, signal);
      if (this.#options.machine.time >= body.validUntil) break;
      if (!(await this.#watch.reached(this.#watch.height + 1, signal))) break;
    }
    throw refusal;
  }

  /**
   * The receipt of a committed transaction; where its block is the newest, once the next one is
   * there to prove it.
   *
   * @throws WardError `TRANSACTION_UNKNOWN`, `HEIGHT_NOT_RETAINED`, `ENGINE_STOPPED`.
   */
  async receipt(id: TransactionId, signal?: AbortSignalLike): Promise<Receipt> {
    const place = this.#find(id);
    if (place === undefined) throw refuse('TRANSACTION_UNKNOWN');
    return this.#receiptAt(id, place, signal);
  }

  #find(id: TransactionId): TransactionPlace | undefined {
    const { find, machine } = this.#options;
    return find === undefined ? machine.find(id) : find(id);
  }

  async #receiptAt(
    transaction: TransactionId,
    { height, index }: TransactionPlace,
    signal?: AbortSignalLike,
  ): Promise<Receipt> {
    if (!(await this.#watch.reached(height + 1, signal))) throw refuse('ENGINE_STOPPED');
    const parts = this.#options.archive.receiptParts(height) ?? this.#notRetained(height);
    const { transactions, results } = parts;
    return {
      transaction,
      envelopeDigest: transactions[index]!.digest,
      result: results[index]!,
      proof: parts.proof(index),
      block: this.lightBlock(height),
      next: this.lightBlock(height + 1),
    };
  }

  /** @throws WardError `HEIGHT_NOT_RETAINED`. */
  block(height: Height): BlockContent {
    const block = this.lightBlock(height);
    // Its light block may still be at hand when the log has dropped it.
    const kept = this.#options.archive.block(height) ?? this.#notRetained(height);
    const { transactions, results, events } = kept;
    const counts = this.#options.archive.counts(height);
    return { block, transactions, results, events: events.flat(), counts: counts && [...counts] };
  }

  /**
   * Light blocks from a height on, first out of the log and then as they come: every one, once.
   * It ends when the engine stops or the signal says so.
   *
   * @throws WardError `HEIGHT_NOT_RETAINED`, at the start or when a slow reader is overtaken by
   * pruning; `ENGINE_BUSY` when there are too many streams.
   */
  blocks(options: StreamOptions): AsyncGenerator<LightBlock> {
    return this.#follow(options, (height) => this.lightBlock(height));
  }

  /** Slots by block, of those blocks that wrote any; otherwise as {@link blocks}. */
  slots(options: StreamOptions): AsyncGenerator<BlockSlots> {
    return this.#follow(options, (height) => {
      const { time, slots } = this.#options.archive.block(height) ?? this.#notRetained(height);
      return slots.length === 0 ? undefined : { height, time, slots };
    });
  }

  async *#follow<T>(
    { from, signal }: StreamOptions,
    read: (height: Height) => T | undefined,
  ): AsyncGenerator<T> {
    if (this.#streams >= ENGINE_LIMITS.streamsMax) {
      throw refuse('ENGINE_BUSY', { waiting: this.#streams });
    }
    this.#streams++;
    try {
      let next = from ?? this.#watch.height + 1;
      while (await this.#watch.reached(next, signal)) {
        const item = read(next);
        next++;
        if (item !== undefined) yield item;
        if (next % READ_AT_ONCE === 0) await breathe();
      }
    } finally {
      this.#streams--;
    }
  }
}
