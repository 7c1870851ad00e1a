import type { TransactionResult, WardError } from '@ward/protocol';
import { Outcome } from '../schema/outcome.ts';

const APPLIED = Outcome.encode({ verdict: { kind: 'applied' } });

/** Every message of the transaction applied. */
export const appliedResult: TransactionResult = { code: 0, data: APPLIED };

/**
 * The transaction did nothing.
 *
 * @param message Index of the message that was refused; null where the transaction itself was.
 */
export function refusedResult(error: WardError, message: number | null): TransactionResult {
  const data = Object.entries(error.data).map(([name, value]) => ({ name, value: `${value}` }));
  const verdict = { kind: 'refused' as const, message, code: error.code, data };
  return { code: 1, data: Outcome.encode({ verdict }) };
}
