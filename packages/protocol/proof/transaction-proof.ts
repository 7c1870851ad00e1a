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
   * in the block would be the word of whoever made the proof. Within a container both paths follow
   * one another, and so do their bits: first those of `path`, then those of `resultPath`.
   */
  sides: integer(0, 0xffffffff),
  /**
   * From the leaf SHA-256(envelope) up to the block's data hash; within a container, from
   * {@link containedLeaf} up to the container's root.
   */
  path: list(bytes(DIGEST_BYTES), { max: PATH_MAX }),
  /** From the leaf of the result, or of the container's, up to the next block's results hash. */
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

/** First byte of a container's result: an outcome, which is CBOR, never begins with it. */
const CONTAINER_RESULT = 1;

/**
 * Leaf of a transaction within its container: its envelope's digest and what came of it. An engine
 * of many organisations orders containers of transactions. Nothing short of all its bytes shows
 * what a container holds under the data hash, so its result says it: the root over these leaves.
 */
export function containedLeaf(digest: Digest, result: TransactionResult, crypto: Crypto): Digest {
  return merkleLeaf(concatBytes(digest, encodeOnce(result)), crypto);
}

/** Nearly all results of a block are one and the same object: it is encoded once. */
let lastEncoded: { readonly result: TransactionResult; readonly bytes: Uint8Array } | undefined;

function encodeOnce(result: TransactionResult): Uint8Array {
  if (lastEncoded?.result !== result) {
    lastEncoded = { result, bytes: encodeTransactionResult(result) };
  }
  return lastEncoded.bytes;
}

/** The result of a container, whatever came of the transactions in it. */
export function containerResult(root: Digest): TransactionResult {
  return { code: 0, data: concatBytes(Uint8Array.of(CONTAINER_RESULT), root) };
}

/** The result of what was ordered as a container, and is none. */
export const NO_CONTAINER_RESULT: TransactionResult = { code: 1, data: new Uint8Array(0) };

export interface TransactionClaim {
  /** SHA-256 of the envelope. */
  readonly digest: Digest;
  readonly result: TransactionResult;
  readonly proof: TransactionProof;
}

/**
 * Whether a block holds a transaction, itself or in a container, and the next one says that this
 * came of it.
 *
 * @param header Of the block that took the transaction.
 * @param next The header after it, which names the results.
 */
export function verifyTransaction(
  claim: TransactionClaim,
  { header, next }: { header: BlockHeader; next: BlockHeader },
  crypto: Crypto,
): boolean {
  if (next.height !== header.height + 1) return false;
  return isTaken(claim, { header, next }, crypto) || isContained(claim, next, crypto);
}

function isTaken(
  { digest, result, proof }: TransactionClaim,
  { header, next }: { header: BlockHeader; next: BlockHeader },
  crypto: Crypto,
): boolean {
  const { sides, path, resultPath } = proof;
  const dataRoot = merkleRootFromSides(merkleLeaf(digest, crypto), { sides, path }, crypto);
  const resultLeaf = merkleLeaf(encodeTransactionResult(result), crypto);
  const resultRoot = merkleRootFromSides(resultLeaf, { sides, path: resultPath }, crypto);
  return (
    // Trees of as many leaves: the same way up begins at the same place.
    path.length === resultPath.length &&
    dataRoot !== undefined &&
    equalBytes(dataRoot, header.dataHash) &&
    resultRoot !== undefined &&
    equalBytes(resultRoot, next.lastResultsHash)
  );
}

function isContained(
  { digest, result, proof }: TransactionClaim,
  next: BlockHeader,
  crypto: Crypto,
): boolean {
  const { path, resultPath } = proof;
  const places = 2 ** path.length;
  const own = { sides: proof.sides % places, path };
  const root = merkleRootFromSides(containedLeaf(digest, result, crypto), own, crypto);
  if (root === undefined) return false;
  const leaf = merkleLeaf(encodeTransactionResult(containerResult(root)), crypto);
  const above = { sides: Math.floor(proof.sides / places), path: resultPath };
  const resultRoot = merkleRootFromSides(leaf, above, crypto);
  return resultRoot !== undefined && equalBytes(resultRoot, next.lastResultsHash);
}
