import { type Digest, parseHex } from '@ward/protocol';

/**
 * Digest of the sources that the verdicts of `decide` follow from: the rules, and the formats and
 * proofs that they go by. SHA-256 over, for each of these files in order of their paths, the path,
 * a zero byte and the SHA-256 of its text. With `DECIDE_VERSION` it is a parameter of the network:
 * the members agree on what custodians run. Which files they are, `decide-digest.test.ts` lists; it
 * computes the constant anew.
 */
export const DECIDE_DIGEST: Digest = parseHex(
  '0d6855800db882f5dc946e4687b4f11e12b91fb41de9ea9b4e8a20688d52101e',
);
