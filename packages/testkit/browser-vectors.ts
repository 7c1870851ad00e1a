import { loadCrypto } from '@ward/protocol/crypto';
import { PROTOCOL_CHECKS } from './protocol-vectors.ts';

/** What came of one file of vectors: null when all held, else what did not. */
export type VectorVerdicts = { readonly [file: string]: string | null };

declare global {
  /** Set by this script, which runs in a page: checks the files of vectors/protocol there. */
  var checkVectors: (files: { readonly [file: string]: never }) => Promise<VectorVerdicts>;
}

globalThis.checkVectors = async (files) => {
  const crypto = await loadCrypto();
  const verdicts: { [file: string]: string | null } = {};
  for (const [name, check] of Object.entries(PROTOCOL_CHECKS)) {
    try {
      await check(files[name]!, crypto);
      verdicts[name] = null;
    } catch (error) {
      verdicts[name] = String(error);
    }
  }
  return verdicts;
};
