import { integer } from '../../../frame/parameters.ts';

/** Which proposal is meant. */
export const PROPOSAL = integer(
  'PROPOSAL',
  { min: 1, max: Number.MAX_SAFE_INTEGER },
  'number of the proposal',
);
