import { type Digest, parseHex } from '@ward/protocol';

/**
 * The files that the verdicts of `decide` follow from, in this package: the rules, and the formats
 * and proofs that they go by. A change to any of them is a change of the contract, and shows in
 * {@link DECIDE_DIGEST}.
 */
export const DECIDE_RULE_FILES = [
  'erasure/erased-set.ts',
  'errors.ts',
  'grant/grant.ts',
  'grant/roster.ts',
  'header/chart-header.ts',
  'header/current.ts',
  'header/epoch.ts',
  'limits.ts',
  'objects.ts',
  'opening/decide.ts',
  'opening/entry.ts',
  'opening/errors.ts',
  'opening/request.ts',
  'release/release-point.ts',
  'release/scalar.ts',
  'sealed-box.ts',
  'unit/label.ts',
  'unit/manifest.ts',
] as const;

/**
 * SHA-256 over, for each rule file in order, its path, a zero byte and the SHA-256 of its text. With
 * `DECIDE_VERSION` it is a parameter of the network: the members agree on what custodians run.
 */
export const DECIDE_DIGEST: Digest = parseHex(
  '3a135346e6b17725f48e172bc27c356d7836d4985562e10d34b872457682bb36',
);
