import type { Receipt } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { isoTime } from './times.ts';

/** Where a transaction stands, as programs read it; it was verified before. */
export function receiptJson({ transaction, block: { header } }: Receipt) {
  return {
    transaction: toHex(transaction),
    height: header.height,
    time: isoTime(header.time.seconds),
  };
}
