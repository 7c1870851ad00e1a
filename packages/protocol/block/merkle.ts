import { concatBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import type { Digest } from '../units.ts';

const LEAF = Uint8Array.of(0);
const INNER = 1;

/** Hash of a leaf (RFC 6962, section 2.1). */
export function merkleLeaf(bytes: Uint8Array, crypto: Crypto): Digest {
  return crypto.sha256(concatBytes(LEAF, bytes));
}

/** One input for all: blocks of thousands of leaves are hashed, and a new one costs as much. */
const innerInput = Uint8Array.of(INNER, ...new Array(64).fill(0));

/** Hash of two subtrees (RFC 6962, section 2.1). */
export function merkleInner(left: Digest, right: Digest, crypto: Crypto): Digest {
  // A shorter one would leave bytes of the hash before it in the shared input.
  if (left.length !== 32 || right.length !== 32) throw new Error('a digest has 32 bytes');
  innerInput.set(left, 1);
  innerInput.set(right, 33);
  return crypto.sha256(innerInput);
}

/** Largest power of two below `count`, which is at least 2. */
function split(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

/** Root over leaf hashes (RFC 6962); of none, SHA-256 of nothing. */
export function merkleRootOfHashes(leaves: readonly Digest[], crypto: Crypto): Digest {
  if (leaves.length === 0) return crypto.sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0]!;
  const at = split(leaves.length);
  const left = merkleRootOfHashes(leaves.slice(0, at), crypto);
  return merkleInner(left, merkleRootOfHashes(leaves.slice(at), crypto), crypto);
}

/** Root over the leaves' bytes. */
export function merkleRoot(leaves: readonly Uint8Array[], crypto: Crypto): Digest {
  const hashes = leaves.map((leaf) => merkleLeaf(leaf, crypto));
  return merkleRootOfHashes(hashes, crypto);
}

/** Siblings from the leaf up: the audit path of leaf `index`. */
export function merklePath(leaves: readonly Digest[], index: number, crypto: Crypto): Digest[] {
  if (leaves.length <= 1) return [];
  const at = split(leaves.length);
  const [own, other] =
    index < at ? [leaves.slice(0, at), leaves.slice(at)] : [leaves.slice(at), leaves.slice(0, at)];
  const path = merklePath(own, index < at ? index : index - at, crypto);
  path.push(merkleRootOfHashes(other, crypto));
  return path;
}

export interface MerklePosition {
  readonly index: number;
  readonly count: number;
  readonly path: readonly Digest[];
}

/** The root that a leaf hash and its path lead to; undefined when the path has another length. */
export function merkleRootFromPath(
  leaf: Digest,
  { index, count, path }: MerklePosition,
  crypto: Crypto,
): Digest | undefined {
  if (index < 0 || index >= count) return undefined;
  const { sides, length } = pathSides(index, count);
  return path.length === length ? merkleRootFromSides(leaf, { sides, path }, crypto) : undefined;
}

/**
 * Where the siblings of a leaf's path stand: one bit for each level, the lowest for the leaf's own,
 * 1 where the sibling stands on the left.
 */
export function merkleSides(index: number, count: number): number {
  return pathSides(index, count).sides;
}

/** The root that a leaf hash and its path lead to; undefined when sides has bits for no level. */
export function merkleRootFromSides(
  leaf: Digest,
  { sides, path }: { readonly sides: number; readonly path: readonly Digest[] },
  crypto: Crypto,
): Digest | undefined {
  if (sides >= 2 ** path.length) return undefined;
  return path.reduce((node, sibling, level) => {
    const isSiblingLeft = Math.floor(sides / 2 ** level) % 2 === 1;
    return isSiblingLeft ? merkleInner(sibling, node, crypto) : merkleInner(node, sibling, crypto);
  }, leaf);
}

function pathSides(index: number, count: number): { sides: number; length: number } {
  const areLeft: boolean[] = [];
  let at = index;
  let size = count;
  while (size > 1) {
    const left = split(size);
    const isLeft = at >= left;
    areLeft.push(isLeft);
    if (isLeft) at -= left;
    size = isLeft ? size - left : left;
  }
  // The root's level comes first here, and is the highest bit.
  const sides = areLeft.reduce((bits, isLeft) => bits * 2 + (isLeft ? 1 : 0), 0);
  return { sides, length: areLeft.length };
}
