import { type Digest, parseHex } from '@ward/protocol';

/**
 * Digest of the sources that the verdicts of `decide` follow from: the rules, and the formats and
 * proofs that they go by. SHA-256 over, for each of these files in order of their paths, the path,
 * a zero byte and the SHA-256 of its text. With `DECIDE_VERSION` it is a parameter of the network:
 * the members agree on what custodians run. Which files they are, `decide-digest.test.ts` lists; it
 * computes the constant anew.
 */
export const DECIDE_DIGEST: Digest = parseHex(
  '3a135346e6b17725f48e172bc27c356d7836d4985562e10d34b872457682bb36',
);
