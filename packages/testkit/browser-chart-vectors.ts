import { loadCrypto } from '@ward/protocol/crypto';
import type { VectorVerdicts } from './browser-vectors.ts';
import { CHART_CHECKS } from './chart-vectors.ts';

declare global {
  /** Set by this script, which runs in a page: checks the files of vectors/charts there. */
  var checkChartVectors: (files: { readonly [file: string]: never }) => Promise<VectorVerdicts>;
}

globalThis.checkChartVectors = async (files) => {
  const crypto = await loadCrypto();
  const verdicts: { [file: string]: string | null } = {};
  for (const [name, check] of Object.entries(CHART_CHECKS)) {
    try {
      await check(files[name]!, crypto);
      verdicts[name] = null;
    } catch (error) {
      verdicts[name] = String(error);
    }
  }
  return verdicts;
};
