import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { describe, expect, it } from 'vitest';
import { merkleRoot, merkleRootOfHashes } from '../block/merkle.ts';
import { type BlockClaim, verifyBlock } from './block-proof.ts';
import {
  containedLeaf,
  containerResult,
  encodeTransactionResult,
  NO_CONTAINER_RESULT,
  type TransactionResult,
} from './transaction-proof.ts';

const crypto = await loadCrypto();
const validators = testValidators([1], { seed: 1, crypto });
const digests = Array.from({ length: 5 }, (_, i) => crypto.sha256(Uint8Array.of(i)));
const results: TransactionResult[] = digests.map((_, i) => ({
  code: i % 2,
  data: Uint8Array.of(0x80, i),
}));

function headerAt(height: number, header: object) {
  const time = { seconds: 1_700_000_000 + height, nanos: 0 };
  return signLightBlock({ chain: 'c', height, time, validators, header }, crypto).header;
}

const leaf = (i: number) => containedLeaf(digests[i]!, results[i]!, crypto);
const holding = (...places: number[]) =>
  containerResult(merkleRootOfHashes(places.map(leaf), crypto));
const resultsHash = (all: readonly TransactionResult[]) =>
  merkleRoot(all.map(encodeTransactionResult), crypto);

const plain = {
  claim: { digests, results, counts: null } as BlockClaim,
  headers: {
    header: headerAt(7, { dataHash: merkleRoot(digests, crypto) }),
    next: headerAt(8, { lastResultsHash: resultsHash(results) }),
  },
};
const contained = {
  claim: { digests, results, counts: [2, null, 0, 3] } as BlockClaim,
  headers: {
    header: headerAt(7, {}),
    next: headerAt(8, {
      lastResultsHash: resultsHash([
        holding(0, 1),
        NO_CONTAINER_RESULT,
        holding(),
        holding(2, 3, 4),
      ]),
    }),
  },
};

const without = <T>(list: readonly T[], at: number) => list.filter((_, i) => i !== at);
const swapped = <T>([first, second, ...others]: readonly T[]) => [second!, first!, ...others];

/** Claims that say something else than the block. */
function lies(claim: BlockClaim): BlockClaim[] {
  return [
    { ...claim, digests: without(digests, 4), results: without(results, 4) },
    { ...claim, digests: [...digests, digests[0]!], results: [...results, results[0]!] },
    { ...claim, digests: swapped(digests) },
    { ...claim, results: swapped(results) },
    { ...claim, results: without(results, 0) },
    { ...claim, digests: [], results: [] },
  ];
}

describe('the proof of a whole block', () => {
  it.each([plain, contained])('shows all that it took, and what came of it', (block) => {
    expect(verifyBlock(block.claim, block.headers, crypto)).toBe(true);
    for (const lie of lies(block.claim)) {
      expect(verifyBlock(lie, block.headers, crypto)).toBe(false);
    }
  });

  it('takes neither kind of block for the other', () => {
    const { claim } = contained;
    expect(verifyBlock({ ...claim, counts: null }, contained.headers, crypto)).toBe(false);
    for (const counts of [[5], [2, 3], [0, 5], [1, 1, 1, 1, 1]]) {
      expect(verifyBlock({ ...claim, counts }, plain.headers, crypto)).toBe(false);
    }
  });

  it('takes no other division into containers', () => {
    const { claim, headers } = contained;
    const others = [
      [2, 0, null, 3],
      [2, null, 3],
      [3, null, 0, 2],
      [2, null, 0, 4],
      [2, null, 0],
    ];
    for (const counts of others) {
      expect(verifyBlock({ ...claim, counts }, headers, crypto)).toBe(false);
    }
  });

  it('shows that a block is empty, and needs the header after it', () => {
    const empty = { digests: [], results: [], counts: [] };
    const next = headerAt(8, { lastResultsHash: resultsHash([]) });
    expect(verifyBlock(empty, { header: headerAt(7, {}), next }, crypto)).toBe(true);
    const later = headerAt(9, { lastResultsHash: resultsHash([]) });
    expect(verifyBlock(empty, { header: headerAt(7, {}), next: later }, crypto)).toBe(false);
  });
});
