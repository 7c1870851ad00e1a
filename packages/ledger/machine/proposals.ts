import { type Height, type Seconds, WardError, type Word, word } from '@ward/protocol';
import type { BlockReport } from '../contract/block-report.ts';
import { refuse } from '../schema/errors.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import type { VerifiedTransaction } from './transaction.ts';

export interface BlockInput extends BlockReport {
  /** One above the last committed. */
  readonly height: Height;
  /** Not before the last committed. */
  readonly time: Seconds;
  readonly transactions: readonly VerifiedTransaction[];
}

/** Where the ledger stands. */
export interface BlockPlaceInChain {
  readonly height: Height;
  readonly time: Seconds;
}

/**
 * Whether a block may follow.
 *
 * @throws WardError `BLOCK_INVALID`.
 */
export function checkBlock(
  { height, time, transactions }: BlockInput,
  last: BlockPlaceInChain,
): void {
  const refuseIt = (reason: Word) => refuse('BLOCK_INVALID', { height, reason });
  if (height !== last.height + 1) throw refuseIt(word('height'));
  if (time < last.time) throw refuseIt(word('time'));
  if (transactions.length > LEDGER_LIMITS.transactionsPerBlockMax) throw refuseIt(word('count'));
  let size = 0;
  for (const { envelope } of transactions) size += envelope.length;
  if (size > LEDGER_LIMITS.blockBytesMax) throw refuseIt(word('size'));
}

/**
 * The first of the waiting transactions that fit into one block and are worth a place in it.
 *
 * @param check Throws a WardError for a transaction that its block would refuse at once.
 */
export function selectTransactions(
  waiting: Iterable<VerifiedTransaction>,
  check: (transaction: VerifiedTransaction) => void,
): VerifiedTransaction[] {
  const selected: VerifiedTransaction[] = [];
  let size = 0;
  for (const transaction of waiting) {
    size += transaction.envelope.length;
    const isFull = selected.length === LEDGER_LIMITS.transactionsPerBlockMax;
    if (isFull || size > LEDGER_LIMITS.blockBytesMax) break;
    if (isWorthIt(transaction, check)) selected.push(transaction);
    else size -= transaction.envelope.length;
  }
  return selected;
}

function isWorthIt(
  transaction: VerifiedTransaction,
  check: (transaction: VerifiedTransaction) => void,
): boolean {
  try {
    check(transaction);
    return true;
  } catch (error) {
    if (error instanceof WardError) return false;
    throw error;
  }
}
