// Writes vectors/protocol: `node tools/bootstrap.mjs tools/vectors/protocol.ts`. A test makes them
// anew and compares, so a change of a format shows; what was published is added to, never edited.
import { loadCrypto } from '@ward/protocol/crypto';
import { headerVectors } from './block-vectors.ts';
import { cborVectors, tagVectors } from './codec-vectors.ts';
import { signatureVectors } from './edge-signatures.ts';
import { lightClientVectors } from './light-client-vectors.ts';
import { stateProofVectors } from './proof-vectors.ts';
import { hpkeVectors, ristrettoVectors } from './sealing-vectors.ts';
import { transactionVectors } from './transaction-vectors.ts';
import { saveVectors, type VectorFile } from './vector-file.ts';
import { witnessVectors } from './witness-vectors.ts';

/** All files of vectors/protocol, always the same. */
export async function protocolVectors(): Promise<VectorFile[]> {
  const crypto = await loadCrypto();
  return [
    tagVectors(crypto),
    cborVectors(),
    transactionVectors(crypto),
    headerVectors(crypto),
    await lightClientVectors(crypto),
    stateProofVectors(crypto),
    await hpkeVectors(crypto),
    ristrettoVectors(crypto),
    signatureVectors(),
    witnessVectors(crypto),
  ];
}

if (import.meta.main) saveVectors(await protocolVectors());
