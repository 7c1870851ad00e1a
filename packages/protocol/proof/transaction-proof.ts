import type { BlockHeader } from '../block/header.ts';
import { merkleLeaf, merkleRootFromSides } from '../block/merkle.ts';
import { bytesField, integerField } from '../block/proto.ts';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { bytes, bytesBetween, integer, list, type StructOf, struct } from '../format/fields.ts';
import { DIGEST_BYTES, type Digest } from '../units.ts';

const PATH_MAX = 32;

/** Place of a transaction in its block, and of its result. */
export const transactionProofFields = {
  /**
   * Where the siblings of both paths stand: one bit for each level, the lowest for the leaf's own,
   * 1 where the sibling stands on the left. A root does not say how many leaves it has, so a number
   * in the block would be the word of whoever made the proof.
   */
  sides: integer(0, 0xffffffff),
  /** From the leaf SHA-256(envelope) up to the block's data hash. */
  path: list(bytes(DIGEST_BYTES), { max: PATH_MAX }),
  /** From the result's leaf up to the next block's last results hash. */
  resultPath: list(bytes(DIGEST_BYTES), { max: PATH_MAX }),
};
export type TransactionProof = StructOf<typeof transactionProofFields>;
export const transactionProofField = struct(transactionProofFields);

/** Result of a transaction as the ledger hashes it: code 0 applied, 1 refused. */
export const transactionResultFields = {
  code: integer(0, 1),
  data: bytesBetween(0, 64 * 1024),
};
export type TransactionResult = StructOf<typeof transactionResultFields>;
export const transactionResultField = struct(transactionResultFields);

/** CometBFT's deterministic ExecTxResult: code and data; gas is not used. */
export function encodeTransactionResult({ code, data }: TransactionResult): Uint8Array {
  return concatBytes(integerField(1, code), bytesField(2, data));
}

export interface TransactionClaim {
  /** SHA-256 of the envelope. */
  readonly digest: Digest;
  readonly result: TransactionResult;
  readonly proof: TransactionProof;
}

/**
 * Whether a block holds a transaction, and the next one says that this came of it.
 *
 * @param header Of the block that took the transaction.
 * @param next The header after it, which names the results.
 */
export function verifyTransaction(
  { digest, result, proof }: TransactionClaim,
  { header, next }: { header: BlockHeader; next: BlockHeader },
  crypto: Crypto,
): boolean {
  const { sides, path, resultPath } = proof;
  const dataRoot = merkleRootFromSides(merkleLeaf(digest, crypto), { sides, path }, crypto);
  const resultLeaf = merkleLeaf(encodeTransactionResult(result), crypto);
  const resultRoot = merkleRootFromSides(resultLeaf, { sides, path: resultPath }, crypto);
  return (
    next.height === header.height + 1 &&
    // Trees of as many leaves: the same way up begins at the same place.
    path.length === resultPath.length &&
    dataRoot !== undefined &&
    equalBytes(dataRoot, header.dataHash) &&
    resultRoot !== undefined &&
    equalBytes(resultRoot, next.lastResultsHash)
  );
}
