// Writes vectors/ledger: `node tools/bootstrap.mjs tools/vectors/ledger.ts`. A test makes them anew
// and compares, so a change of what the ledger does shows.
import { loadCrypto } from '@ward/protocol/crypto';
import { chainVectors } from './chain-vectors.ts';
import { saveVectors, type VectorFile } from './vector-file.ts';

/** All files of vectors/ledger, always the same. */
export async function ledgerVectors(): Promise<VectorFile[]> {
  return [chainVectors(await loadCrypto())];
}

if (import.meta.main) saveVectors(await ledgerVectors());
