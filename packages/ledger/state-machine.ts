import type { Digest, Height, Realm, Seconds, TransactionId } from '@ward/protocol';
import { checkInvariants } from './contract/check-invariants.ts';
import type { Migrator } from './contract/migration.ts';
import type { BlockPoint } from './contract/scope.ts';
import { decodeRecord } from './contract/state-records.ts';
import type { RememberedId } from './log/block-frame.ts';
import type { BlockLog, JoinedPoint } from './log/block-log.ts';
import {
  type BlockOutcome,
  type CommittedBlock,
  type ExecutedBlock,
  slotsOf,
} from './machine/block-outcome.ts';
import { Checkpoints } from './machine/checkpoints.ts';
import { engineUpdates } from './machine/engine-updates.ts';
import type { Execution, Executor } from './machine/executor.ts';
import { baseOf, checkFirstState, type FirstState, takeFirstState } from './machine/first-state.ts';
import { checkGenesis, writeGenesis } from './machine/genesis-state.ts';
import {
  type LedgerStats,
  RETAINED_HEIGHTS,
  type StateMachineOptions,
} from './machine/machine-options.ts';
import { makeParts } from './machine/machine-parts.ts';
import { measureLedger } from './machine/measure-ledger.ts';
import { type BlockInput, checkBlock, selectTransactions } from './machine/proposals.ts';
import { type ProvedKey, proveKey, versionOf } from './machine/prove-key.ts';
import { checkRelease } from './machine/release.ts';
import type { ReplayMemory } from './machine/replay-memory.ts';
import { restore } from './machine/restore.ts';
import { checkSuccession, writeSuccession } from './machine/succession.ts';
import type { VerifiedTransaction } from './machine/transaction.ts';
import type { StateEntry, TreeState } from './machine/tree-state.ts';
import { RESTORED_HEIGHTS } from './machine/upkeep.ts';
import type { WorkingState } from './machine/working-state.ts';
import type { Collection } from './schema/define-state.ts';
import type { Genesis } from './schema/genesis.ts';
import { RELEASE } from './schema/release.ts';
import { Snapshots } from './snapshot/snapshots.ts';
import { LeafWalk } from './state-tree/leaf-walk.ts';
import { EMPTY } from './state-tree/nodes.ts';
import type { StateTree } from './state-tree/state-tree.ts';

/**
 * The ledger's deterministic core: the same blocks give the same app hash on every machine. It has
 * no clock, randomness or waiting; an engine orders blocks, has them executed, signs their headers,
 * commits them and makes the storage durable, in this order.
 *
 * @example
 * const machine = StateMachine.open({ storage, crypto, genesis });
 * const outcome = machine.execute({ height: 1, time, transactions });
 * machine.commit({ lightBlock });
 */
export class StateMachine {
  readonly realm: Realm;
  readonly chain: string;
  /** Height of the last block of the ledger that this one continues, else 0. */
  readonly base: Height;
  /** Snapshots of this ledger, for others and from others. */
  readonly snapshots: Snapshots;
  readonly #genesis: Genesis;
  readonly #digest: Digest;
  readonly #tree: StateTree;
  readonly #log: BlockLog;
  readonly #replay: ReplayMemory;
  readonly #values: TreeState;
  readonly #state: WorkingState;
  readonly #executor: Executor;
  readonly #migrator: Migrator;
  readonly #checkpoints: Checkpoints;
  readonly #checksInvariants: boolean;
  readonly #release: string;
  readonly #newest = () => ({ height: this.#height, time: this.#time });
  #height: Height = 0;
  #time: Seconds;
  #executed: ExecutedBlock | undefined;

  /**
   * Opens a ledger: begins it where the storage is empty, else restores it from its log.
   *
   * @throws WardError `GENESIS_INVALID`, `LOG_CORRUPT`, `LOG_FOREIGN`, `LOG_INCOMPLETE`,
   * `LOG_VERSION`.
   */
  static open(options: StateMachineOptions): StateMachine {
    checkGenesis(options.genesis);
    const machine = new StateMachine(options);
    machine.#begin(options);
    return machine;
  }

  private constructor(options: StateMachineOptions) {
    const { genesis } = options;
    const { realm, digest, tree, log, replay, values, state, executor, migrator } =
      makeParts(options);
    this.realm = realm;
    this.chain = genesis.chain;
    this.#genesis = genesis;
    this.base = baseOf(genesis);
    this.#digest = digest;
    this.#time = genesis.time;
    this.#tree = tree;
    this.#log = log;
    this.#replay = replay;
    this.#values = values;
    this.#state = state;
    this.#executor = executor;
    this.#migrator = migrator;
    const own = { log, tree, genesis: digest, realm };
    this.#checkpoints = new Checkpoints(own);
    this.snapshots = new Snapshots({
      ...{ ...own, values, newest: this.#newest, base: this.base },
      onWhole: (ids, point) => this.#goOnFrom(ids, point),
    });
    this.#checksInvariants = options.checksInvariants ?? false;
    this.#release = options.release ?? RELEASE;
  }

  #begin({ genesis, retainedHeights = RETAINED_HEIGHTS }: StateMachineOptions): void {
    const restored = restore({
      log: this.#log,
      tree: this.#tree,
      replay: this.#replay,
      genesis: this.#digest,
      heights: Math.min(retainedHeights, RESTORED_HEIGHTS),
    });
    if (restored !== undefined) {
      this.#height = restored.height;
      this.#time = restored.time;
      this.#checkpoints.records = restored.records;
      return;
    }
    writeGenesis(genesis, this.#state, this.realm.crypto);
    if (genesis.predecessor === null) this.#migrator.begin();
    this.#commitGenesis(0);
  }

  #commitGenesis(height: Height): void {
    const block = { height, time: this.#genesis.time, transactions: [] };
    this.#prepare(block, { results: [], events: [], slots: [], minutes: [] });
    // In the place of a light block, the first frame says whose log this is.
    this.commit({ lightBlock: this.#digest });
  }

  /** Whether the state of the genesis is there; of one that continues another it has to come. */
  get isBegun(): boolean {
    return this.#height >= this.base;
  }

  /** Whether it was promoted: it goes on as another chain, and no block changes it any more. */
  get isOver(): boolean {
    return this.#executor.isOver();
  }

  /**
   * Begins with the state of the ledger that this one continues, unless that was done.
   *
   * @throws WardError `GENESIS_INVALID`, `SNAPSHOT_INVALID`.
   */
  beginWith(first: FirstState): void {
    if (this.isBegun) return;
    const [genesis, { crypto }] = [this.#genesis, this.realm];
    checkFirstState(genesis, first, crypto);
    if (this.#height < this.base - 1) takeFirstState(first, this.snapshots, this.#digest);
    checkSuccession(genesis, (key) => this.#state.get(key), crypto);
    writeSuccession(genesis, this.#state, crypto);
    this.#commitGenesis(this.base);
  }

  /** The state in the tree came with a snapshot. */
  #goOnFrom(ids: readonly RememberedId[], { height, time }: JoinedPoint): void {
    this.#discard();
    for (const records of this.#records()) records.forget();
    this.#replay.clear();
    for (const { id, minute } of ids) this.#replay.remember({ id, minute, index: 0 }, height);
    this.#checkpoints.abandon();
    this.#height = height;
    this.#time = time;
  }

  /** Height of the last committed block; 0 behind the genesis. */
  get height(): Height {
    return this.#height;
  }

  /** Time of the last committed block. */
  get time(): Seconds {
    return this.#time;
  }

  /** Root of the state after the last committed block. */
  get appHash(): Digest {
    return this.#tree.versions.at(-1)!.rootHash;
  }

  /** Height of the oldest block that is kept. */
  get oldestBlock(): Height {
    const oldest = this.#log.heights.oldest ?? this.#height + 1;
    return Math.max(this.base + 1, oldest);
  }

  /**
   * Admission: refuses what execution would refuse now. A courtesy to the caller and a guard
   * against waste; whether a transaction applies, its block decides.
   *
   * @param now Time that the next block may have.
   * @throws WardError as it would stand in the outcome.
   */
  check(transaction: VerifiedTransaction, now: Seconds): void {
    this.#executor.check(transaction, this.#next(now));
  }

  /**
   * The part of {@link check} that every transaction has alike: form, network, time, replay and
   * signers; for an engine that has much to do.
   *
   * @throws WardError as it would stand in the outcome.
   */
  checkSigned(transaction: VerifiedTransaction, now: Seconds): void {
    this.#executor.checkSigned(transaction, this.#next(now));
  }

  #next(now: Seconds): BlockPoint {
    return { height: this.#height + 1, time: Math.max(now, this.#time) };
  }

  /**
   * The first of the waiting transactions that fit into the next block, but for those that it would
   * refuse for form, time, replay or signers.
   */
  propose(waiting: Iterable<VerifiedTransaction>, time: Seconds): VerifiedTransaction[] {
    const next = this.#next(time);
    return selectTransactions(waiting, (transaction) => {
      this.#executor.checkSigned(transaction, next);
    });
  }

  /**
   * Whether a proposed block may follow the last one.
   *
   * @throws WardError `BLOCK_INVALID`.
   */
  verify(block: BlockInput): void {
    checkBlock(block, { height: this.#height, time: this.#time });
  }

  /**
   * Executes a block without changing anything that lasts: it may be called again, for the same
   * block or another one in its place. Refused transactions are results, not errors.
   *
   * @throws WardError `BLOCK_INVALID`; `UPGRADE_NEEDED`, `UPGRADE_EARLY` where another release of
   * this software must execute it: the node stops cleanly.
   */
  execute(block: BlockInput): BlockOutcome {
    this.verify(block);
    this.#discard();
    const { height, time, transactions, misbehaviour = [] } = block;
    checkRelease(this.#release, this.#executor.release(), height);
    // A block in which nothing happens leaves the state as it is, whoever signed the one before.
    const isIdle = transactions.length + misbehaviour.length === 0 || this.#executor.isOver();
    if (!isIdle && transactions.length > 0) this.#migrator.step();
    if (!isIdle) this.#executor.begin({ height, time }, block);
    const execution = this.#executor.execute({ height, time }, transactions);
    const updates = engineUpdates(this.#state);
    const { appHash } = this.#prepare(block, execution);
    const { results, events, slots } = execution;
    return { appHash, results, events, slots, ...updates };
  }

  #prepare(block: BlockInput, execution: Execution): ExecutedBlock {
    const writes = this.#state.overlay.toWrites();
    if (this.#checksInvariants) {
      checkInvariants(writes, this.#executor.contracts, this.#values, block);
    }
    const draft = writes.batch.count === 0 ? undefined : this.#tree.draft(writes.batch);
    const appHash = draft === undefined ? this.appHash : this.#tree.rootHash(draft.root);
    this.#executed = { block, execution, writes, draft, appHash };
    return this.#executed;
  }

  #discard(): void {
    this.#executed?.draft?.discard();
    this.#executed = undefined;
    this.#replay.discard();
    this.#settle(false);
  }

  #settle(isCommitted: boolean): void {
    this.#state.overlay.clear();
    for (const records of this.#records()) records.settle(isCommitted);
  }

  #records() {
    return this.#executor.contracts.flatMap(({ records }) => Object.values(records));
  }

  /**
   * Appends the executed block to the log and makes its state the newest. The engine then makes the
   * storage durable, and only then tells anybody.
   *
   * @param signed The block's header with its commit, as a light block's bytes.
   */
  commit({ lightBlock }: { readonly lightBlock: Uint8Array }): void {
    if (this.#executed === undefined) throw new Error('a commit without an execution');
    const { block, execution, writes, draft, appHash } = this.#executed;
    const { height, time, transactions } = block;
    const { results, events, minutes } = execution;
    const ids = transactions.map(({ id }) => id);
    const envelopes = { transactions: transactions.map(({ envelope }) => envelope) };
    const parts = { height, time, lightBlock, results, events, minutes, ids, ...envelopes };
    const places = this.#log.appendBlock(parts, writes, appHash);
    if (draft !== undefined) {
      this.#tree.adopt(draft, height);
      for (let i = 0; i < places.length; i++) {
        this.#tree.nodes.setPlace(writes.batch.leaf(i), places[i]!);
      }
    }
    this.#checkpoints.records += places.length;
    this.#replay.commit(height);
    if (transactions.length > 0) this.#replay.drop(time);
    this.#executed = undefined;
    this.#settle(true);
    this.#height = height;
    this.#time = time;
  }

  /**
   * A key's value, or that it has none, with a proof under the app hash after a height.
   *
   * @param height The last committed one unless told.
   * @throws WardError `HEIGHT_NOT_RETAINED`, `LOG_CORRUPT`.
   */
  prove(key: Uint8Array, height = this.#height): ProvedKey {
    const tree = this.#tree;
    const version = versionOf(tree, { height, newest: this.#height });
    return proveKey(key, version, { tree, values: this.#values });
  }

  /** A record of the newest state, without a proof: for the node itself. */
  read<V>(collection: Collection<V>, ...parts: readonly Uint8Array[]): V | null {
    const { value } = this.prove(collection.key(...parts));
    return value === null ? null : decodeRecord(collection, value, this.#executor.contracts);
  }

  /**
   * A committed block; undefined where it is not kept.
   *
   * @throws WardError `LOG_CORRUPT`.
   */
  block(height: Height): CommittedBlock | undefined {
    const block = height <= this.base ? undefined : this.#log.block(height);
    return block && { ...block, slots: slotsOf(block.events) };
  }

  /**
   * Where a committed transaction stands; older ones are looked for in the last 100,000 blocks.
   */
  find(id: TransactionId): { readonly height: Height; readonly index: number } | undefined {
    return this.#replay.find(id) ?? this.#log.findTransaction(id, this.#height);
  }

  /** All keys of the newest state with their values, in the order of the hashes of the keys. */
  *entries(): Generator<StateEntry> {
    const walk = new LeafWalk(this.#tree.nodes, this.#tree.root);
    for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) {
      yield this.#values.entryOf(leaf);
    }
  }

  /** Writes what a restart begins from, so that it need not replay the whole log. */
  checkpoint(): void {
    this.#checkpoints.whole(this.#newest());
  }

  /**
   * Writes a part of a checkpoint, of some thousand keys: for an engine that has blocks to make
   * between. The first part is that of a new one; {@link checkpoint} and {@link prune} give up what
   * is begun.
   *
   * @returns Whether it was the last part.
   */
  checkpointPart(): boolean {
    return this.#checkpoints.part(this.#newest());
  }

  /**
   * Drops blocks below a height from the log, once the values that they wrote are copied forward;
   * not those of the last four minutes, for the sake of replays. States that no kept block begins
   * with or has made can be read until the next restart.
   *
   * @returns Height of the oldest block that is kept.
   */
  prune(belowHeight: Height): Height {
    return Math.max(this.base + 1, this.#checkpoints.prune(belowHeight, this.#newest()));
  }

  stats(): LedgerStats {
    const { records } = this.#checkpoints;
    return measureLedger({ tree: this.#tree, replay: this.#replay, log: this.#log }, records);
  }
}
