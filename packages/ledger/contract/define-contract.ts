import type { Format } from '@ward/protocol';
import type { MessageKind } from '../schema/define-message.ts';
import type { BlockReport } from './block-report.ts';
import type { ReadRecordsOf, State } from './records.ts';
import type { Scope } from './scope.ts';

/** What a contract does with one kind of message. */
export interface MessageHandler<C> {
  readonly kind: MessageKind<unknown>;
  /** It is taken even while the members have halted the network. */
  readonly runsWhileHalted: boolean;
  /** It may be the last that the ledger takes. */
  readonly endsLedger: boolean;
  /**
   * Decodes, checks and applies.
   *
   * @param body Its byte strings are handed on as views.
   * @throws WardError for a refusal; its writes are taken back.
   */
  run(body: Uint8Array, scope: C): void;
}

export interface MessageRules<T, C> {
  /** The rules: throws where one is broken, writes nothing. */
  check(message: T, scope: C): void;
  /** The writes and events. */
  apply(message: T, scope: C): void;
  /** Whether it is taken while the network is halted; no unless told. */
  readonly runsWhileHalted?: boolean;
  /** Whether the ledger may go on as another chain behind it; no unless told. */
  readonly endsLedger?: boolean;
}

/**
 * Declares what a contract does with a message.
 *
 * @example
 * export const writeSlots = defineHandler(WriteSlots, {
 *   check(message, scope: SlotsScope) { … },
 *   apply(message, scope) { … },
 * });
 */
export function defineHandler<T, C>(
  kind: MessageKind<T>,
  rules: MessageRules<T, C>,
): MessageHandler<C> {
  return {
    kind,
    runsWhileHalted: rules.runsWhileHalted ?? false,
    endsLedger: rules.endsLedger ?? false,
    run(body, scope) {
      const message = kind.body.decodeShared(body);
      rules.check(message, scope);
      rules.apply(message, scope);
    },
  };
}

/** One record that a block changed. */
export interface RecordChange {
  readonly collection: string;
  /** Raw state key. */
  readonly key: Uint8Array;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * A property that holds after every block, looked at through what the block changed.
 *
 * @returns Whether it holds.
 */
export type Invariant<S extends State> = (
  change: RecordChange,
  state: ReadRecordsOf<S>,
  block: { readonly height: number; readonly time: number },
) => boolean;

/** How records of the version before become records of this one. */
export interface Migration {
  /** The version that is left behind; exactly one below the contract's. */
  readonly from: number;
  /**
   * For each collection that changes: its old format, and the way from a value of it to a value of
   * today's format. Both formats have the same key.
   */
  readonly records: { readonly [collection: string]: MigratedRecord };
}

export interface MigratedRecord {
  readonly format: Format<unknown>;
  convert(old: unknown): unknown;
}

/** A deterministic module of the ledger: state, messages, queries, events. */
export interface Contract<S extends State, N, Q> {
  /** As it stands in transactions and before every key of the state. */
  readonly name: string;
  readonly version: number;
  readonly state: S;
  readonly messages: readonly MessageHandler<Scope<S, N>>[];
  /**
   * What it does before the transactions of a block that carries some, or evidence. It must not
   * refuse, and what it announces is not heard: there is no transaction that it belongs to.
   */
  begin?(report: BlockReport, scope: Scope<S, N>): void;
  /** What other contracts may ask; made once over the records. */
  queries(state: ReadRecordsOf<S>): Q;
  readonly events: readonly Format<unknown>[];
  /** Each under a sentence that says what holds. */
  readonly invariants: { readonly [sentence: string]: Invariant<S> };
  readonly migrate: Migration | null;
}

/**
 * Declares a contract: the only door of its folder.
 *
 * @example
 * export const slots = defineContract({
 *   name: 'slots', version: 1, state: slotsState, messages: [writeSlots, carrySlot], …
 * });
 */
export function defineContract<S extends State, N, Q>(
  contract: Contract<S, N, Q>,
): Contract<S, N, Q> {
  for (const { kind } of contract.messages) {
    if (kind.contract !== contract.name) throw new Error(`${kind.name} is of another contract`);
  }
  for (const [name, collection] of Object.entries(contract.state)) {
    if (collection.contract !== contract.name) throw new Error(`${name} is of another contract`);
  }
  if (contract.migrate !== null && contract.migrate.from !== contract.version - 1) {
    throw new Error(`${contract.name} migrates from another version than the one before`);
  }
  return contract;
}
