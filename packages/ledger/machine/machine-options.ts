import type { Crypto } from '@ward/protocol';
import type { Storage } from '../ports.ts';
import type { Genesis } from '../schema/genesis.ts';
import type { BindContracts } from './executor.ts';

/** States that can be read, unless told. */
export const RETAINED_HEIGHTS = 64;

export interface StateMachineOptions {
  readonly storage: Storage;
  readonly crypto: Crypto;
  readonly genesis: Genesis;
  /**
   * How many of the states that blocks made can be read and proved; 64 unless told, and 16 of them
   * behind a restart. Fewer, but never under four, where blocks write more than memory is kept for.
   */
  readonly retainedHeights?: number;
  /** Name by which this software knows itself; `RELEASE` unless told, for tests of upgrades. */
  readonly release?: string;
  /** Contracts in place of the built-in ones, for tests of the framework. */
  readonly contracts?: BindContracts;
  /** Hold every block against the contracts' invariants; for simulations, it costs time. */
  readonly checksInvariants?: boolean;
}

export interface LedgerStats {
  /** Keys of the newest state. */
  readonly keys: number;
  /** Memory of tree and replay protection, with what is reserved. */
  readonly ramBytes: number;
  readonly treeBytes: number;
  readonly replayBytes: number;
  /** Bytes of the log that are kept. */
  readonly logBytes: number;
  /** Records that a restart would have to replay: a reason for a checkpoint. */
  readonly recordsSinceCheckpoint: number;
}
