import type { BlockHeader } from '../block/header.ts';
import { merkleRoot, merkleRootOfHashes } from '../block/merkle.ts';
import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import type { Digest } from '../units.ts';
import {
  containedLeaf,
  containerResult,
  encodeTransactionResult,
  NO_CONTAINER_RESULT,
  type TransactionResult,
} from './transaction-proof.ts';

/** All that a block is said to have taken. */
export interface BlockClaim {
  /** SHA-256 of each envelope. */
  readonly digests: readonly Digest[];
  readonly results: readonly TransactionResult[];
  /**
   * How many of them each container holds, in order; null in it for what was no container. Null:
   * the transactions stand in the block themselves.
   */
  readonly counts: readonly (number | null)[] | null;
}

/**
 * Whether a block took exactly these transactions, and these results came of them.
 *
 * @param header Of the block.
 * @param next The header after it, which names the results: those of containers name their
 * transactions as well.
 */
export function verifyBlock(
  { digests, results, counts }: BlockClaim,
  { header, next }: { readonly header: BlockHeader; readonly next: BlockHeader },
  crypto: Crypto,
): boolean {
  if (digests.length !== results.length || next.height !== header.height + 1) return false;
  if (counts === null) {
    const own = results.map(encodeTransactionResult);
    return (
      equalBytes(merkleRoot(digests, crypto), header.dataHash) &&
      equalBytes(merkleRoot(own, crypto), next.lastResultsHash)
    );
  }
  const count = counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  if (count !== digests.length) return false;
  let at = 0;
  const containers = counts.map((own) => {
    if (own === null) return NO_CONTAINER_RESULT;
    const from = at;
    at += own;
    const leaves = digests
      .slice(from, at)
      .map((digest, i) => containedLeaf(digest, results[from + i]!, crypto));
    return containerResult(merkleRootOfHashes(leaves, crypto));
  });
  const root = merkleRoot(containers.map(encodeTransactionResult), crypto);
  return equalBytes(root, next.lastResultsHash);
}
