// Writes vectors/charts: `node tools/bootstrap.mjs tools/vectors/charts.ts`. A test makes them anew
// and compares, so a change of a format or rule shows; what was published is added to, not edited.
import { chartDecideVectors } from './chart-decide-vectors.ts';
import { chartEpochVectors, chartGrantVectors } from './chart-grant-vectors.ts';
import { chartHeaderVectors, chartKeyVectors } from './chart-header-vectors.ts';
import {
  chartDealVectors,
  chartErasureVectors,
  chartOpeningVectors,
} from './chart-opening-vectors.ts';
import { releaseVectors } from './chart-release-vectors.ts';
import { chartUnitVectors } from './chart-unit-vectors.ts';
import { seededCrypto } from './seeded-crypto.ts';
import { saveVectors, type VectorFile } from './vector-file.ts';

/** All files of vectors/charts, always the same. */
export async function chartVectors(): Promise<VectorFile[]> {
  return [
    chartKeyVectors(await seededCrypto(1)),
    chartHeaderVectors(await seededCrypto(2)),
    await chartUnitVectors(await seededCrypto(3)),
    await chartGrantVectors(await seededCrypto(4)),
    await chartEpochVectors(await seededCrypto(5)),
    releaseVectors(await seededCrypto(6)),
    await chartDealVectors(await seededCrypto(8)),
    await chartOpeningVectors(await seededCrypto(9)),
    chartErasureVectors(await seededCrypto(10)),
    await chartDecideVectors(),
  ];
}

if (import.meta.main) saveVectors(await chartVectors());
