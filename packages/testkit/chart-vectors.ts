import type { Crypto } from '@ward/protocol';
import { checkEpochs, checkGrants, checkHeaders, checkKeys } from './chart-key-checks.ts';
import { checkDeal, checkDecide, checkOpening } from './chart-opening-checks.ts';
import { checkErased, checkRelease, checkUnits } from './chart-unit-checks.ts';

/** One check for each file of vectors/charts, by what stands in the file alone. */
export const CHART_CHECKS: {
  readonly [file: string]: (content: never, crypto: Crypto) => void | Promise<void>;
} = {
  keys: checkKeys,
  header: checkHeaders,
  grant: checkGrants,
  epoch: checkEpochs,
  unit: checkUnits,
  release: checkRelease,
  erased: checkErased,
  deal: checkDeal,
  opening: checkOpening,
  decide: checkDecide,
};
