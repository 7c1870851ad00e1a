import {
  concatBytes,
  type Digest,
  type Format,
  hash,
  type OpenedTransaction,
  openTransaction,
  type Realm,
  type TransactionResult,
  WardError,
} from '@ward/protocol';
import type { BoundContract, Host } from '../contract/bind-contract.ts';
import type { BlockReport } from '../contract/block-report.ts';
import type { BlockPoint } from '../contract/scope.ts';
import type { Release } from '../contracts/network/proposal.ts';
import { SlotsWritten } from '../contracts/slots/events.ts';
import { refuse } from '../schema/errors.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import type { LedgerEvent } from '../schema/outcome.ts';
import { FIRST_CHAIN, ReplayMinute, replayKey } from './ledger-state.ts';
import { appliedResult, refusedResult } from './outcomes.ts';
import { minuteOf, type ReplayMemory } from './replay-memory.ts';
import { authenticate, type Government, TransactionSigners } from './signers.ts';
import { checkValidity, type VerifiedTransaction } from './transaction.ts';
import type { WorkingState } from './working-state.ts';

/** The contracts of a ledger over one state machine's state. */
export interface BoundContracts {
  readonly contracts: readonly BoundContract[];
  readonly authority: Government;
}
export type BindContracts = (host: Host) => BoundContracts;

/** What the transactions of one block did. */
export interface Execution {
  readonly results: TransactionResult[];
  readonly events: LedgerEvent[][];
  readonly slots: Digest[];
  /** For each transaction the minute in which its id ends; -1 where the id is not remembered. */
  readonly minutes: number[];
}

export interface ExecutorOptions {
  readonly realm: Realm;
  readonly chain: string;
  readonly state: WorkingState;
  readonly replay: ReplayMemory;
  readonly bind: BindContracts;
}

const UNREMEMBERED = -1;

/** Runs transactions against the working state; what they leave behind is there and in replay. */
export class Executor {
  readonly contracts: readonly BoundContract[];
  readonly #options: ExecutorOptions;
  readonly #authority: Government;
  readonly #byName: ReadonlyMap<string, BoundContract>;
  readonly #signers = new TransactionSigners();
  #block: BlockPoint = { height: 0, time: 0 };
  #events: LedgerEvent[] = [];
  #slots: Digest[] = [];
  /** Whether only governance goes on; undefined where it must be looked up. */
  #isHalted: boolean | undefined;
  /** Whether the ledger goes on as another chain; undefined where it must be looked up. */
  #isOver: boolean | undefined;
  #isHeard = true;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    const { contracts, authority } = options.bind(this.#host());
    this.contracts = contracts;
    this.#authority = authority;
    this.#byName = new Map(contracts.map((bound) => [bound.contract.name, bound]));
  }

  #host(): Host {
    const block = () => this.#block;
    return {
      state: this.#options.state,
      realm: this.#options.realm,
      chain: this.#options.chain,
      get block() {
        return block();
      },
      signers: this.#signers,
      emit: (contract, event, body) => this.#emit(contract, event, body),
    };
  }

  #emit<V>(contract: string, event: Format<V>, body: V): void {
    if (!this.#isHeard) return;
    if (this.#events.length >= LEDGER_LIMITS.eventsMax) throw new Error('too many events');
    this.#events.push({ contract, name: event.name, body: event.encode(body) });
    if ((event as Format<unknown>) === SlotsWritten) {
      this.#slots.push(...(body as SlotsWritten).slots);
    }
  }

  /** Which software executes the ledger, by what its members decided. */
  release(): Release | null {
    return this.#authority.release();
  }

  /** Whether the ledger was promoted and goes on as another chain: nothing changes it any more. */
  isOver(): boolean {
    const promotion = this.#authority.promotion();
    return promotion !== null && promotion.chain !== this.#options.chain;
  }

  /** Lets contracts do what they do before the transactions of a block. */
  begin(block: BlockPoint, report: BlockReport): void {
    this.#block = block;
    this.#isHeard = false;
    for (const bound of this.contracts) bound.begin(report);
    this.#isHeard = true;
  }

  /** Executes a block's transactions in order; those that are refused leave nothing but that. */
  execute(block: BlockPoint, transactions: readonly VerifiedTransaction[]): Execution {
    this.#block = block;
    this.#isHalted = undefined;
    this.#isOver = undefined;
    const done: Execution = { results: [], events: [], slots: [], minutes: [] };
    for (const [index, transaction] of transactions.entries()) {
      this.#events = [];
      this.#slots = [];
      done.minutes.push(UNREMEMBERED);
      const result = this.#executeOne(transaction, index, done.minutes);
      done.results.push(result);
      done.events.push(result.code === 0 ? this.#events : []);
      if (result.code === 0) for (const slot of this.#slots) done.slots.push(slot);
    }
    this.#writeReplayChains();
    return done;
  }

  #executeOne(
    transaction: VerifiedTransaction,
    index: number,
    minutes: number[],
  ): TransactionResult {
    const { state, replay } = this.#options;
    const mark = state.overlay.mark();
    const at: { message: number | null } = { message: null };
    try {
      const opened = openTransaction(transaction.envelope);
      const { validUntil } = opened.body;
      this.#checkTime(opened, transaction);
      const minute = minuteOf(validUntil);
      replay.take({ id: transaction.id, minute, index });
      minutes[index] = minute;
      this.#applyMessages(opened, transaction, at);
      return appliedResult;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      state.overlay.rollback(mark);
      this.#isHalted = undefined;
      this.#isOver = undefined;
      return refusedResult(error, at.message);
    }
  }

  #checkTime({ body }: OpenedTransaction, { id }: VerifiedTransaction): void {
    const { realm, chain, replay } = this.#options;
    checkValidity(body, { network: realm.network, chain }, this.#block.time);
    if (replay.has(id, body.validUntil)) throw refuse('TRANSACTION_REPLAYED');
    this.#isOver ??= this.isOver();
    if (this.#isOver) throw refuse('NETWORK_PROMOTED');
  }

  #applyMessages(
    { body, signatures }: OpenedTransaction,
    { passkeys }: VerifiedTransaction,
    at: { message: number | null },
  ): void {
    const signed = { signatures, passkeys };
    this.#signers.begin(authenticate(body, signed, this.#block.time, this.#authority));
    for (let i = 0; i < body.messages.length; i++) {
      at.message = i;
      const message = body.messages[i]!;
      const run = this.#byName.get(message.contract)?.handler(message.name);
      if (run === undefined) throw refuse('MESSAGE_UNKNOWN');
      this.#isHalted ??= this.#authority.isHalted();
      if (this.#isHalted && !run.runsWhileHalted) throw refuse('NETWORK_HALTED');
      run(message.body);
      if (run.runsWhileHalted) this.#isHalted = undefined;
      if (run.endsLedger) this.#isOver = undefined;
    }
    at.message = null;
    this.#signers.checkAllAsked();
  }

  /**
   * Form, network, time, replay and signers, as execution would look at them now.
   *
   * @throws WardError as execution would have it in the outcome.
   */
  checkSigned(transaction: VerifiedTransaction, block: BlockPoint): OpenedTransaction {
    this.#block = block;
    const opened = openTransaction(transaction.envelope);
    this.#checkTime(opened, transaction);
    const signed = { signatures: opened.signatures, passkeys: transaction.passkeys };
    authenticate(opened.body, signed, block.time, this.#authority);
    return opened;
  }

  /** The same, and what the messages would do; nothing stays behind. */
  check(transaction: VerifiedTransaction, block: BlockPoint): void {
    const { state } = this.#options;
    const mark = state.overlay.mark();
    this.#events = [];
    this.#slots = [];
    this.#isHalted = undefined;
    try {
      const opened = this.checkSigned(transaction, block);
      this.#applyMessages(opened, transaction, { message: null });
    } finally {
      state.overlay.rollback(mark);
      this.#isOver = undefined;
    }
  }

  /** Binds the ids that the block took into the state, minute by minute. */
  #writeReplayChains(): void {
    const { state, replay, realm } = this.#options;
    const minutes = new Map<number, Uint8Array[]>();
    for (const { id, minute } of replay.pending) {
      const ids = minutes.get(minute);
      if (ids === undefined) minutes.set(minute, [id]);
      else ids.push(id);
    }
    for (const minute of [...minutes.keys()].sort((a, b) => a - b)) {
      const key = replayKey(minute);
      const bytes = state.get(key);
      const before = bytes === null ? null : ReplayMinute.decode(bytes);
      const previous = before?.minute === minute ? before.chain : FIRST_CHAIN;
      const ids = concatBytes(...minutes.get(minute)!);
      const chain = hash('replay-chain', [minute, previous, ids], realm);
      state.put(key, ReplayMinute.encode({ minute, chain }));
    }
  }
}
