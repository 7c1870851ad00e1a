import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { describe, expect, it } from 'vitest';
import { merkleLeaf, merklePath, merkleRootOfHashes, merkleSides } from '../block/merkle.ts';
import { toHex } from '../bytes.ts';
import {
  containedLeaf,
  containerResult,
  encodeTransactionResult,
  type TransactionClaim,
  type TransactionResult,
  verifyTransaction,
} from './transaction-proof.ts';

const crypto = await loadCrypto();
const validators = testValidators([1], { seed: 1, crypto });
const digests = Array.from({ length: 5 }, (_, i) => crypto.sha256(Uint8Array.of(i)));
const results: TransactionResult[] = digests.map((_, i) => ({
  code: i % 2,
  data: new Uint8Array(i),
}));
const leaves = digests.map((digest) => merkleLeaf(digest, crypto));
const resultLeaves = results.map((one) => merkleLeaf(encodeTransactionResult(one), crypto));

function headerAt(height: number, header: object) {
  const time = { seconds: 1_700_000_000 + height, nanos: 0 };
  return signLightBlock({ chain: 'c', height, time, validators, header }, crypto).header;
}

const header = headerAt(7, { dataHash: merkleRootOfHashes(leaves, crypto) });
const next = headerAt(8, { lastResultsHash: merkleRootOfHashes(resultLeaves, crypto) });

function claimOf(index: number): TransactionClaim {
  const path = merklePath(leaves, index, crypto);
  const resultPath = merklePath(resultLeaves, index, crypto);
  const proof = { sides: merkleSides(index, leaves.length), path, resultPath };
  return { digest: digests[index]!, result: results[index]!, proof };
}

describe('the proof of a transaction', () => {
  it.each([0, 1, 2, 3, 4])('shows that number %i was taken, and what came of it', (index) => {
    expect(verifyTransaction(claimOf(index), { header, next }, crypto)).toBe(true);
  });

  it('shows no other transaction, result, place or number', () => {
    const claim = claimOf(2);
    const { proof } = claim;
    const changes: Partial<TransactionClaim>[] = [
      { digest: digests[3]! },
      { result: { code: 1, data: results[2]!.data } },
      { result: { code: 0, data: new Uint8Array(3) } },
      ...[0, 1, 3, 4, 5, 6, 7].map((sides) => ({ proof: { ...proof, sides } })),
      // A bit for a level that the path does not have.
      ...[8, 16].map((bit) => ({ proof: { ...proof, sides: proof.sides + bit } })),
      { proof: { ...proof, path: proof.path.toReversed() } },
      { proof: { ...proof, path: proof.path.slice(1) } },
      { proof: { ...proof, resultPath: proof.path } },
      { proof: { ...proof, resultPath: [] } },
    ];
    for (const change of changes) {
      expect(verifyTransaction({ ...claim, ...change }, { header, next }, crypto)).toBe(false);
    }
  });

  it('pairs no transaction with the result of another', () => {
    const [own, other] = [claimOf(1), claimOf(3)];
    const { sides, path } = own.proof;
    const { resultPath, sides: otherSides } = other.proof;
    for (const bits of [sides, otherSides]) {
      const proof = { sides: bits, path, resultPath };
      const claim = { digest: own.digest, result: other.result, proof };
      expect(verifyTransaction(claim, { header, next }, crypto)).toBe(false);
    }
    // The last one stands alone under the root: its path is shorter than the others'.
    const last = claimOf(4).proof;
    const proof = { ...last, resultPath: claimOf(0).proof.resultPath };
    const claim = { digest: digests[4]!, result: results[0]!, proof };
    expect(verifyTransaction(claim, { header, next }, crypto)).toBe(false);
  });

  it('needs the very next header, which names the results', () => {
    const claim = claimOf(0);
    expect(verifyTransaction(claim, { header, next: header }, crypto)).toBe(false);
    const later = headerAt(9, { lastResultsHash: next.lastResultsHash });
    expect(verifyTransaction(claim, { header, next: later }, crypto)).toBe(false);
    expect(verifyTransaction(claim, { header: next, next: later }, crypto)).toBe(false);
  });
});

/** Three containers; the second one holds all the transactions. */
const containerLeaves = [0, 1, 2].map((place) => {
  const own = place === 1 ? digests : [crypto.sha256(Uint8Array.of(100 + place))];
  const inner = own.map((digest, i) => containedLeaf(digest, results[i]!, crypto));
  const result = containerResult(merkleRootOfHashes(inner, crypto));
  return merkleLeaf(encodeTransactionResult(result), crypto);
});
const innerLeaves = digests.map((digest, i) => containedLeaf(digest, results[i]!, crypto));

function containedClaim(index: number): TransactionClaim {
  const path = merklePath(innerLeaves, index, crypto);
  const sides = merkleSides(index, 5) + merkleSides(1, 3) * 2 ** path.length;
  const proof = { sides, path, resultPath: merklePath(containerLeaves, 1, crypto) };
  return { digest: digests[index]!, result: results[index]!, proof };
}

describe('the proof of a transaction in a container', () => {
  const lastResultsHash = merkleRootOfHashes(containerLeaves, crypto);
  const headers = { header: headerAt(7, {}), next: headerAt(8, { lastResultsHash }) };

  it.each([0, 1, 2, 3, 4])('shows that number %i was taken, and what came of it', (index) => {
    expect(verifyTransaction(containedClaim(index), headers, crypto)).toBe(true);
  });

  it('shows no other transaction, result, place or container, and needs the next header', () => {
    const claim = containedClaim(2);
    const { proof } = claim;
    const { sides, path, resultPath } = proof;
    const changes: Partial<TransactionClaim>[] = [
      { digest: digests[3]! },
      { result: { code: 1, data: results[2]!.data } },
      { result: results[3]! },
      ...Array.from({ length: 64 }, (_, other) => ({ proof: { ...proof, sides: other } })).filter(
        (change) => change.proof.sides !== sides,
      ),
      { proof: { ...proof, path: path.slice(1) } },
      { proof: { ...proof, resultPath: [] } },
      { proof: { sides, path: [...path, ...resultPath], resultPath: [] } },
      { proof: { ...proof, resultPath: merklePath(containerLeaves, 0, crypto) } },
    ];
    for (const change of changes) {
      expect(verifyTransaction({ ...claim, ...change }, headers, crypto)).toBe(false);
    }
    expect(verifyTransaction(claim, { ...headers, next: headers.header }, crypto)).toBe(false);
  });

  it('is none of a transaction outside of containers, nor the other way round', () => {
    const plain = headerAt(8, { lastResultsHash: merkleRootOfHashes(resultLeaves, crypto) });
    expect(verifyTransaction(containedClaim(1), { ...headers, next: plain }, crypto)).toBe(false);
    expect(verifyTransaction(claimOf(1), headers, crypto)).toBe(false);
  });
});

describe('a result', () => {
  it("is hashed as CometBFT's: code and bytes, zero and nothing left out", () => {
    expect(toHex(encodeTransactionResult({ code: 0, data: new Uint8Array(0) }))).toBe('');
    expect(toHex(encodeTransactionResult({ code: 1, data: new Uint8Array(0) }))).toBe('0801');
    expect(toHex(encodeTransactionResult({ code: 1, data: Uint8Array.of(5) }))).toBe('0801120105');
  });
});
