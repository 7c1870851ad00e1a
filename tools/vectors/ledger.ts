// Writes vectors/ledger: `node tools/bootstrap.mjs tools/vectors/ledger.ts`. A test makes them anew
// and compares, so a change of what the ledger does shows.
import { loadCrypto } from '@ward/protocol/crypto';
import { chainVectors } from './chain-vectors.ts';
import { governedVectors } from './governed-vectors.ts';
import { promotionVectors } from './promotion-vectors.ts';
import { snapshotVectors } from './snapshot-vectors.ts';
import { saveVectors, type VectorFile } from './vector-file.ts';

/** All files of vectors/ledger, always the same. */
export async function ledgerVectors(): Promise<VectorFile[]> {
  const crypto = await loadCrypto();
  return [
    chainVectors(crypto),
    governedVectors(crypto),
    snapshotVectors(crypto),
    promotionVectors(crypto),
  ];
}

if (import.meta.main) saveVectors(await ledgerVectors());
