import { defineFormat, type FormatOf, field } from '@ward/protocol';
import { defineState } from '../schema/define-state.ts';

/** Ids that end within one minute, as a chain over the blocks that took them. */
export const ReplayMinute = defineFormat('replay-minute', 1, {
  /** Whole minutes since 1970. */
  minute: field.integer(),
  /** H(replay-chain, minute, chain before, ids of the block one after another), from zeros on. */
  chain: field.bytes(32),
});
export type ReplayMinute = FormatOf<typeof ReplayMinute>;
/** The chain of a minute that has no ids yet. */
export const FIRST_CHAIN = new Uint8Array(32);

/** Which version of a contract wrote its records, and how far a migration has come. */
export const ContractVersion = defineFormat('contract-version', 1, {
  version: field.integer(1),
  /** Hash of the last key that was looked at on the way to the next version, or null. */
  migratedTo: field.nullable(field.bytes(32)),
});
export type ContractVersion = FormatOf<typeof ContractVersion>;

/** What the state machine itself keeps in the state. */
export const ledgerState = defineState('ledger', {
  replay: ReplayMinute,
  contracts: ContractVersion,
});

/**
 * Places for minutes. A transaction is valid for at most 180 s, so at most five minutes are alive
 * at once, and each stands in a place that the minute eight before it no longer needs.
 */
export const REPLAY_PLACES = 8;

export function replayKey(minute: number): Uint8Array {
  return ledgerState.replay.key(Uint8Array.of(minute % REPLAY_PLACES));
}
