import type { StateMachine } from '@ward/ledger';
import { type Genesis, LEDGER_LIMITS, refuseLedger } from '@ward/ledger/schema';
import {
  type Clock,
  type Crypto,
  equalBytes,
  headerHash,
  LightBlock,
  type TransactionId,
  WardError,
} from '@ward/protocol';
import type { Commitment, ConsensusEngine, MempoolSize } from '../engine.ts';
import type { EngineWatch } from '../engine-watch.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS, IDLE_BLOCK_MS } from '../limits.ts';
import type { BlockArchive } from '../queries/block-archive.ts';
import type { DurableStorage } from '../storage/durable-storage.ts';
import { ChainWriter, type SealedBlock } from './chain-writer.ts';
import type { Ingress } from './ingress/ingress.ts';
import { isQuiet, pauseMs } from './pace.ts';
import type { SigningGuard } from './signing-guard.ts';
import { Upkeep, type UpkeepOptions } from './upkeep.ts';
import { type Submitter, WaitingList, type WaitingTransaction } from './waiting-list.ts';

export interface EmbeddedEngineOptions extends UpkeepOptions {
  readonly genesis: Genesis;
  /** 32 bytes: the key of the one validator that the genesis names. */
  readonly validatorSeed: Uint8Array;
  readonly machine: StateMachine;
  readonly archive: BlockArchive;
  readonly storage: DurableStorage;
  readonly guard: SigningGuard;
  readonly ingress: Ingress;
  /**
   * `automatic` makes blocks as transactions come, and one now and then when none do; `manual` only
   * when {@link EmbeddedEngine.makeBlock} is called.
   */
  readonly blocks?: 'automatic' | 'manual';
  /** How long there may be no block; 0: for ever. */
  readonly idleBlockMs?: number;
  readonly watch?: EngineWatch;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A sealed block that is not durable yet, with those who wait for it. */
interface UndurableBlock {
  readonly sealed: SealedBlock;
  readonly waiting: readonly WaitingTransaction[];
}

/**
 * The engine of a network with one operator: one process that orders what comes, signs headers with
 * one validator key and answers when a block is durable.
 *
 * A block is executed and signed while the one before is on its way to the disk. Nothing signed is
 * shown before the log and then the {@link SigningGuard} are durable.
 */
export class EmbeddedEngine implements ConsensusEngine {
  readonly kind = 'embedded';
  readonly halted: Promise<Error>;
  readonly #options: EmbeddedEngineOptions;
  readonly #chain: ChainWriter;
  readonly #upkeep: Upkeep;
  readonly #waiting = new WaitingList();
  readonly #listeners = new Set<(block: LightBlock) => void>();
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #halt!: (reason: Error) => void;
  #newest: LightBlock | undefined;
  /** Blocks that the disk has not been asked to keep yet, and all that it has not kept yet. */
  #toFlush: UndurableBlock[] = [];
  #undurable: UndurableBlock[] = [];
  #flushing: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** The last block had transactions: the next one proves what came of them. */
  #owesProof = false;
  #lastBlockMs = 0;
  #pausedUntilMs = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #upkeepTurn: NodeJS.Immediate | undefined;

  /** @throws WardError `VALIDATOR_MISMATCH`. */
  constructor(options: EmbeddedEngineOptions) {
    this.#options = options;
    this.#chain = new ChainWriter(options);
    this.#upkeep = new Upkeep(options.machine, options);
    this.halted = new Promise((resolve) => {
      this.#halt = resolve;
    });
  }

  get newest(): LightBlock | undefined {
    return this.#newest;
  }

  get mempool(): MempoolSize {
    return { transactions: this.#waiting.count, bytes: this.#waiting.bytes };
  }

  /** @throws WardError `SIGNED_AHEAD`, `SIGNED_OTHERWISE`, and what opening the doors throws. */
  async start(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #run(): Promise<void> {
    await this.#recover();
    this.#state = 'running';
    await this.#options.ingress.start({
      admit: (arrivals) => this.#admit(arrivals),
      failed: (error) => this.#fail(error),
    });
    // Also the first block: its header proves the state of the genesis.
    if (!this.#chain.isEnded) this.#seal();
    await this.#makeDurable();
    if (this.#state !== 'running') throw await this.halted;
    this.#plan();
  }

  /** Checks that the log is the one that the validator signed, and has all of it. */
  async #recover(): Promise<void> {
    const { guard, machine, crypto, storage } = this.#options;
    const { last } = guard;
    const newest = this.#chain.last;
    const height = newest?.header.height ?? 0;
    if (last !== undefined && last.height > height) {
      throw refuse('SIGNED_AHEAD', { height, signed: last.height });
    }
    const signed = last && machine.block(last.height);
    if (signed !== undefined) {
      const { header } = LightBlock.decode(signed.lightBlock);
      const isSame = equalBytes(headerHash(header, crypto), last!.hash);
      if (!isSame) throw refuse('SIGNED_OTHERWISE', { height: header.height });
    }
    await storage.flush();
    if (newest === undefined) return;
    if (height > (last?.height ?? 0)) {
      await guard.record({ height, hash: newest.commit.block.hash });
    }
    this.#newest = newest;
  }

  async submit(envelope: Uint8Array): Promise<Commitment> {
    if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
    const transaction = await this.#options.ingress.verify(envelope);
    return new Promise((resolve, reject) => {
      const submitter = promised(transaction.id, resolve, reject);
      this.#admit([{ transaction, submitter, token: 0 }]);
    });
  }

  onBlock(listener: (block: LightBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Makes one block of what waits, or an empty one: for engines whose blocks are `manual`.
   *
   * @returns When it is durable.
   */
  async makeBlock(): Promise<LightBlock> {
    if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
    if (!this.#chain.isEnded) this.#seal();
    await this.#makeDurable();
    if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
    return this.#newest!;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { ingress, storage, guard } = this.#options;
    if (this.#state === 'running') {
      this.#state = 'stopping';
      this.#cancelPlan();
      await ingress.quiesce();
      storage.giveUpWhenFull();
      while (this.#waiting.count > 0 && !storage.isFull) this.#seal();
      await this.#makeDurable();
    }
    this.#refuseAll();
    this.#state = 'stopped';
    await ingress.close();
    await storage.close();
    guard.close();
  }

  #admit(arrivals: readonly WaitingTransaction[]): void {
    const time = this.#chain.timeAt(this.#options.clock.nowMs());
    const told = new Set<Submitter>();
    for (const arrival of arrivals) {
      try {
        this.#check(arrival, time);
        this.#waiting.add(arrival);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        arrival.submitter.refused(arrival.token, error);
        told.add(arrival.submitter);
      }
    }
    for (const submitter of told) submitter.settled();
    this.#plan();
  }

  #check({ transaction }: WaitingTransaction, time: number): void {
    if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
    if (this.#options.storage.isFull) throw refuse('DISK_FULL');
    this.#waiting.checkRoom();
    if (this.#waiting.has(transaction.id)) throw refuseLedger('TRANSACTION_REPLAYED');
    const { machine } = this.#options;
    // What the messages would do is told at once while there is time for it.
    if (this.#waiting.isShort) machine.check(transaction, time);
    else machine.checkSigned(transaction, time);
  }

  /** Decides when the next block is made; to be called whenever something changed. */
  #plan(): void {
    if (this.#state !== 'running' || this.#options.blocks === 'manual') return;
    if (this.#immediate !== undefined || this.#chain.isEnded) return;
    clearTimeout(this.#timer);
    if (this.#undurable.length >= ENGINE_LIMITS.undurableBlocksMax) return;
    const delayMs = this.#delayMs();
    if (delayMs === undefined) return;
    const make = () => {
      this.#immediate = undefined;
      this.#make();
    };
    if (delayMs <= 0) this.#immediate = setImmediate(make);
    else this.#timer = setTimeout(make, Math.ceil(delayMs));
  }

  #delayMs(): number | undefined {
    const nowMs = performance.now();
    const { idleBlockMs = IDLE_BLOCK_MS } = this.#options;
    if (this.#waiting.count >= ENGINE_LIMITS.blockTransactionsMax) return 0;
    if (this.#waiting.count > 0 || this.#owesProof) return this.#pausedUntilMs - nowMs;
    return idleBlockMs === 0 ? undefined : this.#lastBlockMs + idleBlockMs - nowMs;
  }

  #cancelPlan(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    clearImmediate(this.#upkeepTurn);
  }

  #make(): void {
    if (this.#state !== 'running' || this.#chain.isEnded) return;
    if (this.#options.storage.isFull) {
      this.#refuseWaiting(refuse('DISK_FULL'));
      return;
    }
    this.#pausedUntilMs = performance.now();
    const count = this.#seal();
    if (count > 0) this.#pausedUntilMs += pauseMs(count);
    // In the same flush as the block that it proves.
    if (count > 0 && isQuiet(count) && this.#waiting.count === 0) this.#seal();
    void this.#makeDurable();
    this.#plan();
  }

  /** Seals a block of what waits. @returns How many transactions it has. */
  #seal(): number {
    if (this.#chain.isOver) this.#refuseWaiting(refuseLedger('NETWORK_PROMOTED'));
    const waiting = this.#waiting.take({
      countMax: ENGINE_LIMITS.blockTransactionsMax,
      bytesMax: LEDGER_LIMITS.blockBytesMax,
    });
    try {
      const transactions = waiting.map(({ transaction }) => transaction);
      const sealed = this.#chain.seal(transactions, this.#options.clock.nowMs());
      const block = { sealed, waiting };
      this.#undurable.push(block);
      this.#toFlush.push(block);
    } catch (error) {
      refuseEach(waiting, refuse('ENGINE_STOPPED'));
      this.#fail(error);
      return 0;
    }
    this.#owesProof = waiting.length > 0;
    this.#lastBlockMs = performance.now();
    return waiting.length;
  }

  /** Makes durable and shows what is sealed, in groups, until nothing is left. */
  #makeDurable(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flushAll(): Promise<void> {
    const { storage, guard, watch } = this.#options;
    try {
      while (this.#toFlush.length > 0) {
        const group = this.#toFlush.splice(0);
        const { header, commit } = group.at(-1)!.sealed.lightBlock;
        const startMs = performance.now();
        await storage.flush();
        await guard.record({ height: header.height, hash: commit.block.hash });
        watch?.committed(performance.now() - startMs);
        this.#show(group);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #show(group: readonly UndurableBlock[]): void {
    const told = new Set<Submitter>();
    for (const { sealed, waiting } of group) {
      this.#undurable.shift();
      this.#newest = sealed.lightBlock;
      this.#options.archive.remember(sealed);
      const { height } = sealed.lightBlock.header;
      for (const listener of this.#listeners) listener(sealed.lightBlock);
      for (const [index, { submitter, token }] of waiting.entries()) {
        submitter.committed(token, { height, index, result: sealed.results[index]! });
        told.add(submitter);
      }
    }
    for (const submitter of told) submitter.settled();
    this.#keepUp();
    this.#plan();
  }

  /** Upkeep that has more to do goes on behind the next block, or at once where none is due. */
  #keepUp(): void {
    const isIdle = this.#waiting.count === 0;
    const hasMore = this.#upkeep.run({ isIdle });
    clearImmediate(this.#upkeepTurn);
    this.#upkeepTurn = undefined;
    if (hasMore && isIdle && this.#state === 'running') {
      this.#upkeepTurn = setImmediate(() => this.#keepUp());
    }
  }

  /** Stops for good: what is known by now is all that can be known. */
  #fail(error: unknown): void {
    this.#state = 'stopping';
    this.#cancelPlan();
    this.#refuseAll();
    this.#halt(error instanceof Error ? error : new Error('halted', { cause: error }));
  }

  #refuseAll(): void {
    const stopped = refuse('ENGINE_STOPPED');
    const unknown = this.#undurable.splice(0).flatMap(({ waiting }) => waiting);
    refuseEach(unknown, stopped);
    this.#refuseWaiting(stopped);
  }

  #refuseWaiting(error: WardError): void {
    const all = { countMax: ENGINE_LIMITS.waitingMax, bytesMax: Number.POSITIVE_INFINITY };
    refuseEach(this.#waiting.take(all), error);
  }
}

function refuseEach(waiting: readonly WaitingTransaction[], error: WardError): void {
  for (const { submitter, token } of waiting) submitter.refused(token, error);
  for (const submitter of new Set(waiting.map(({ submitter }) => submitter))) submitter.settled();
}

/** A submitter of one transaction that waits for a promise. */
function promised(
  id: TransactionId,
  resolve: (commitment: Commitment) => void,
  reject: (error: WardError) => void,
): Submitter {
  return {
    committed: (_, place) => resolve({ id, ...place }),
    refused: (_, error) => reject(error),
    settled() {},
  };
}
