import { WardError } from '@ward/protocol';
import type { Finding } from './finding.ts';
import { isOtherGenesis } from './wrong-genesis.ts';

const WHY = 'What a node says must be what the network agreed on, and its key must sign once.';
const NEXT =
  'Do not start it. Look at the disk, then restore a backup, or make the home anew and let it ' +
  'fetch the blocks from the others.';

/** @param failure What reading the ledger threw, if it did. */
export function findCorruptedStore(
  failure: unknown,
  stored: { readonly height: number; readonly signedHeight: number } | undefined,
): Finding[] {
  if (failure !== undefined && !isOtherGenesis(failure)) {
    const name = failure instanceof WardError ? failure.code : 'something unexpected';
    return [finding(`The ledger on the disk cannot be read whole: ${name}.`)];
  }
  if (stored === undefined || stored.signedHeight <= stored.height) return [];
  const { height, signedHeight } = stored;
  return [finding(`The ledger ends at height ${height}, and its key signed ${signedHeight}.`)];
}

function finding(what: string): Finding {
  return { fault: 'corrupted-store', what, why: WHY, next: NEXT };
}
