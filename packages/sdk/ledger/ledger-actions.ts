import type { Height, TransactionId } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { dumpLedger } from './dump-ledger.ts';
import { readBlock, readReceipt, readStatus } from './read-block.ts';
import { type WalkOptions, walkBlocks } from './walk-blocks.ts';
import { type AwaitOptions, awaitSlots, type WatchOptions, watchSlots } from './watch-slots.ts';

/** What anyone may ask of the ledger; all of it is verified unless the call says otherwise. */
export function ledgerActions(connection: Connection) {
  return {
    /** The newest block that verifies. */
    head: () => connection.ledger.head(),
    /** What proves to others that the ledger was forked; undefined while no fork was seen. */
    fork: () => connection.ledger.fork,
    /** Values and absences of raw state keys, proved under one header. */
    prove: (keys: readonly Uint8Array[]) => connection.prove(keys),
    block: (height: Height) => readBlock(height, connection),
    /** The whole chain, block by block, each verified. */
    walk: (options: WalkOptions = {}) => walkBlocks(options, connection),
    /** All that the ledger shows to anybody. */
    dump: (options: WalkOptions = {}) => dumpLedger(options, connection),
    receipt: (id: TransactionId) => readReceipt(id, connection),
    status: (options: { readonly unverified: true }) => readStatus(options, connection),
    watchSlots: (options: WatchOptions = {}) => watchSlots(options, connection),
    awaitSlots: (wanted: readonly Uint8Array[], options: AwaitOptions = {}) =>
      awaitSlots(wanted, options, connection),
  };
}
export type LedgerActions = ReturnType<typeof ledgerActions>;
