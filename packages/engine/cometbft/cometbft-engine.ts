import { setTimeout as wait } from 'node:timers/promises';
import { baseOf, type StateMachine } from '@ward/ledger';
import { type Genesis, refuseLedger } from '@ward/ledger/schema';
import {
  type Clock,
  type Crypto,
  equalBytes,
  type Height,
  hasCode,
  type LightBlock,
  MS_PER_SECOND,
  parseTransaction,
  type TransactionId,
  WardError,
} from '@ward/protocol';
import type { Ingress } from '../embedded/ingress/ingress.ts';
import { Upkeep, type UpkeepOptions } from '../embedded/upkeep.ts';
import type { CommittedPlace, Submitter, WaitingTransaction } from '../embedded/waiting-list.ts';
import type { Commitment, ConsensusEngine, MempoolSize } from '../engine.ts';
import type { EngineWatch } from '../engine-watch.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import { SnapshotSchedule } from '../snapshots/snapshot-schedule.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { isFull } from '../storage/disk.ts';
import type { DurableStorage } from '../storage/durable-storage.ts';
import { type AbciApplication, AbciServer } from './abci-server.ts';
import { createApplication, type TakenBlock } from './application.ts';
import type { BlockRetention } from './block-retention.ts';
import { BlockContainers } from './container-archive.ts';
import type { ContainerPool } from './container-pool.ts';
import type { EngineProcess } from './engine-process.ts';
import type { EngineRpc } from './engine-rpc.ts';
import type { LightBlockStore } from './light-block-store.ts';
import type { ProposalWaitOptions } from './proposal-wait.ts';
import { timedApplication } from './timed-application.ts';
import type { Verifier } from './verifier.ts';

export interface CometbftEngineOptions extends UpkeepOptions, ProposalWaitOptions {
  readonly genesis: Genesis;
  readonly applicationPath: string;
  readonly machine: StateMachine;
  readonly storage: DurableStorage;
  readonly store: LightBlockStore;
  readonly pool: ContainerPool;
  readonly verifier: Verifier;
  readonly ingress: Ingress;
  readonly process: EngineProcess;
  readonly rpc: EngineRpc;
  readonly retention?: BlockRetention;
  /** Where snapshots are kept that other nodes may take; none unless told. */
  readonly snapshots?: SnapshotStore;
  /** See `SnapshotScheduleOptions`. */
  readonly snapshotEveryBlocks?: number;
  /** Puts something around what CometBFT calls. */
  readonly wrapApplication?: (inner: AbciApplication) => AbciApplication;
  readonly watch?: EngineWatch;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A block that is durable and whose header is not here yet, with those who wait for it. */
interface UnshownBlock {
  readonly height: Height;
  readonly hash: Uint8Array;
  readonly told: readonly {
    readonly waiting: WaitingTransaction;
    readonly place: CommittedPlace;
  }[];
}

/** How often a header that CometBFT has not got yet is asked for. */
const HEADER_PAUSE_MS = 20;
/**
 * Before the block that another release must execute, CometBFT goes on handing out that block and
 * the votes for it, so that nodes that are a little behind come to the same end.
 */
const UPGRADE_LINGER_MS = 5000;
/** How often a header is written that a full disk did not take. */
const FULL_PAUSE_MS = 250;
/** How long a stop waits for what was taken, while there may be no majority that takes it. */
const STOP_MS_MAX = 10_000;
const STOP_PAUSE_MS = 20;

/**
 * The engine of a network with many operators: CometBFT runs as a child of this process and drives
 * the state machine over ABCI. This side owns the mempool: transactions are verified once, where
 * they come, and go to the other nodes in containers.
 */
export class CometbftEngine implements ConsensusEngine {
  readonly kind = 'cometbft';
  readonly halted: Promise<Error>;
  readonly #options: CometbftEngineOptions;
  readonly #server: AbciServer;
  readonly #upkeep: Upkeep;
  readonly #schedule: SnapshotSchedule | undefined;
  readonly #listeners = new Set<(block: LightBlock) => void>();
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #halt!: (reason: Error) => void;
  #newest: LightBlock | undefined;
  #unshown: UnshownBlock[] = [];
  #following: Promise<void> | undefined;
  /** Ends the wait for the next block. */
  #wake: () => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: CometbftEngineOptions) {
    const { machine, clock, store, applicationPath: path } = options;
    this.#options = options;
    this.#upkeep = new Upkeep(machine, {
      ...options,
      onPruned: (oldest) => {
        store.dropBefore(oldest);
        options.onPruned?.(oldest);
      },
    });
    this.#schedule = scheduleOf(options);
    this.#server = new AbciServer({
      path,
      wrapApplication: options.wrapApplication,
      application: timedApplication(
        createApplication({
          ...options,
          onCommitted: (block) => this.#committed(block),
          onJoined: (height) => store.beginAt(height + 1),
          nowMs: () => clock.nowMs(),
          onFailed: (error) => this.#fail(error),
        }),
        options.watch,
      ),
      onFailed: (error) => this.#fail(error),
      beforeFailing: async (error) => {
        if (hasCode(error, 'UPGRADE_NEEDED')) await wait(UPGRADE_LINGER_MS);
      },
    });
    this.halted = new Promise((resolve) => {
      this.#halt = resolve;
    });
    const before = Math.max(machine.snapshots.joined?.height ?? 0, baseOf(options.genesis));
    if (store.height < before) store.beginAt(before + 1);
    const known = Math.min(store.height, machine.height);
    this.#newest = known <= before ? undefined : store.read(known);
  }

  get newest(): LightBlock | undefined {
    return this.#newest;
  }

  get mempool(): MempoolSize {
    const { pool } = this.#options;
    return { transactions: pool.count, bytes: pool.bytes };
  }

  /**
   * Begins, and returns once there is a block: the first one needs more than two thirds of the
   * validators.
   */
  async start(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #run(): Promise<void> {
    const { ingress, machine, process, store } = this.#options;
    this.#state = 'running';
    await ingress.start({
      admit: (arrivals) => this.#admit(arrivals),
      failed: (error) => this.#fail(error),
    });
    await this.#server.start();
    process.start();
    this.#following = this.#follow();
    while (this.#newest === undefined || store.height < machine.height) {
      if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
      await wait(HEADER_PAUSE_MS);
    }
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
   * Makes a snapshot of the newest state, beside the blocks.
   *
   * @returns Its height; undefined where this node keeps no snapshots, or stopped before.
   * @throws WardError `SNAPSHOT_NOT_READY`, `LOG_CORRUPT`.
   */
  async makeSnapshot(): Promise<Height | undefined> {
    return this.#schedule?.make();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { ingress, storage, store, process } = this.#options;
    const wasRunning = this.#state === 'running';
    this.#state = 'stopping';
    if (wasRunning) {
      await ingress.quiesce();
      storage.giveUpWhenFull();
      await this.#settleAll();
    }
    this.#refuseAll();
    this.#state = 'stopped';
    this.#wake();
    await this.#following;
    await this.#schedule?.stop();
    await process.stop();
    await this.#server.close();
    await ingress.close();
    await storage.close();
    store.close();
  }

  /** Waits until what was taken stands in blocks, as long as there can be hope. */
  async #settleAll(): Promise<void> {
    const { pool, storage } = this.#options;
    const untilMs = performance.now() + STOP_MS_MAX;
    while (pool.count > 0 || this.#unshown.some(({ told }) => told.length > 0)) {
      if (performance.now() > untilMs || storage.isFull) return;
      await wait(STOP_PAUSE_MS);
    }
  }

  #admit(arrivals: readonly WaitingTransaction[]): void {
    const told = new Set<Submitter>();
    for (const arrival of arrivals) {
      try {
        this.#check(arrival);
        this.#options.pool.add(arrival);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        arrival.submitter.refused(arrival.token, error);
        told.add(arrival.submitter);
      }
    }
    for (const submitter of told) submitter.settled();
  }

  #check({ transaction }: WaitingTransaction): void {
    const { pool, machine, storage, clock } = this.#options;
    if (this.#state !== 'running') throw refuse('ENGINE_STOPPED');
    if (storage.isFull) throw refuse('DISK_FULL');
    pool.checkRoom(transaction.envelope);
    if (pool.has(transaction.id)) throw refuseLedger('TRANSACTION_REPLAYED');
    const time = Math.floor(clock.nowMs() / MS_PER_SECOND);
    if (pool.count < ENGINE_LIMITS.triedWaitingMax) machine.check(transaction, time);
    else machine.checkSigned(transaction, time);
  }

  /** A block is durable; it is shown when its header with the votes for it is here. */
  #committed({ height, hash, transactions, results }: TakenBlock): void {
    const { pool, machine } = this.#options;
    const told: UnshownBlock['told'][number][] = [];
    for (const [index, { id }] of transactions.entries()) {
      const waiting = pool.takeSubmitter(id);
      if (waiting === undefined) continue;
      told.push({ waiting, place: { height, index, result: results[index]! } });
    }
    this.#unshown.push({ height, hash, told });
    this.#refuseExpired();
    this.#schedule?.committed(height);
    const isIdle = pool.count === 0 && machine.height === height;
    this.#upkeep.run({ isIdle: isIdle && this.#schedule?.isMaking !== true });
    this.#wake();
  }

  #refuseExpired(): void {
    const { pool, machine, crypto } = this.#options;
    const { time } = machine;
    for (const { transaction, submitter, token } of pool.expire(time)) {
      const { validUntil } = parseTransaction(transaction.envelope, crypto).body;
      submitter.refused(token, refuseLedger('TRANSACTION_EXPIRED', { validUntil, time }));
      submitter.settled();
    }
  }

  /** Fetches the header of each block that is durable, and shows the block. */
  async #follow(): Promise<void> {
    const { machine, store, rpc } = this.#options;
    while (this.#state === 'running' || this.#state === 'stopping') {
      if (store.height >= machine.height) {
        await this.#nextBlock();
        continue;
      }
      try {
        const block = await rpc.lightBlock(store.height + 1);
        if (block === undefined) await wait(HEADER_PAUSE_MS);
        else if (!this.#show(block)) await wait(FULL_PAUSE_MS);
      } catch (error) {
        this.#fail(error);
        return;
      }
    }
  }

  async #nextBlock(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** @returns False where the disk is full: the same block is shown later. */
  #show(block: LightBlock): boolean {
    const { store } = this.#options;
    const { height } = block.header;
    const unshown = this.#unshown[0]?.height === height ? this.#unshown[0] : undefined;
    const hash = unshown?.hash ?? this.#loggedHash(height);
    if (!equalBytes(hash, block.commit.block.hash)) throw refuse('ENGINE_BROKEN', { height });
    this.#checkJoined(block);
    try {
      store.append(block);
    } catch (error) {
      if (isFull(error)) return false;
      throw error;
    }
    if (unshown !== undefined) this.#unshown.shift();
    this.#newest = block;
    for (const listener of this.#listeners) listener(block);
    const told = new Set<Submitter>();
    for (const { waiting, place } of unshown?.told ?? []) {
      waiting.submitter.committed(waiting.token, place);
      told.add(waiting.submitter);
    }
    for (const submitter of told) submitter.settled();
    return true;
  }

  /** The block that a snapshot was said to be of is the one that the next block follows. */
  #checkJoined({ header: { height, lastBlock } }: LightBlock): void {
    const { joined } = this.#options.machine.snapshots;
    if (joined?.height !== height - 1) return;
    const { block } = BlockContainers.decode(joined.lightBlock);
    if (!equalBytes(block, lastBlock.hash)) throw refuse('SNAPSHOT_FOREIGN', { height });
  }

  /** Name of a block that was executed before this process began. */
  #loggedHash(height: Height): Uint8Array {
    const logged = this.#options.machine.block(height);
    if (logged === undefined) throw refuse('ENGINE_BROKEN', { height });
    return BlockContainers.decode(logged.lightBlock).block;
  }

  /** Stops for good: what is known by now is all that can be known. */
  #fail(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopping';
    this.#refuseAll();
    this.#wake();
    this.#halt(error instanceof Error ? error : new Error('halted', { cause: error }));
  }

  #refuseAll(): void {
    const stopped = refuse('ENGINE_STOPPED');
    const unshown = this.#unshown.splice(0).flatMap(({ told }) => told);
    const waiting = [...unshown.map((one) => one.waiting), ...this.#options.pool.takeAll()];
    for (const { submitter, token } of waiting) submitter.refused(token, stopped);
    for (const submitter of new Set(waiting.map(({ submitter }) => submitter))) submitter.settled();
  }
}

function scheduleOf(options: CometbftEngineOptions): SnapshotSchedule | undefined {
  const { machine, store, snapshots, snapshotEveryBlocks: everyBlocks } = options;
  const header = (height: Height) => store.read(height)?.header;
  return snapshots && new SnapshotSchedule({ machine, snapshots, header, everyBlocks });
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
