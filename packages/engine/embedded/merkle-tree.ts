import { type Crypto, type Digest, merkleInner } from '@ward/protocol';

/**
 * An RFC 6962 tree with all its levels: `merkleRootOfHashes` and `merklePath` of protocol, for
 * blocks of thousands of leaves of which many are asked for.
 */
export class MerkleTree {
  readonly count: number;
  readonly root: Digest;
  readonly #levels: (readonly Digest[])[];

  constructor(leaves: readonly Digest[], crypto: Crypto) {
    this.count = leaves.length;
    this.#levels = [leaves];
    let level = leaves;
    while (level.length > 1) {
      level = parentsOf(level, crypto);
      this.#levels.push(level);
    }
    this.root = level[0] ?? crypto.sha256(new Uint8Array(0));
  }

  /** Siblings of leaf `index`, from the leaf up. */
  path(index: number): Digest[] {
    const path: Digest[] = [];
    let at = index;
    for (const level of this.#levels) {
      const sibling = level[at ^ 1];
      if (level.length > 1 && sibling !== undefined) path.push(sibling);
      at >>= 1;
    }
    return path;
  }
}

/** Pairs are hashed; a last one that is alone goes up as it is. */
function parentsOf(level: readonly Digest[], crypto: Crypto): Digest[] {
  const parents: Digest[] = [];
  for (let i = 0; i + 1 < level.length; i += 2) {
    const left = level[i]!;
    const right = level[i + 1]!;
    // Most results of a block are one and the same object, and so are the nodes above them.
    const isRepeated = i > 0 && left === level[i - 2] && right === level[i - 1];
    parents.push(isRepeated ? parents.at(-1)! : merkleInner(left, right, crypto));
  }
  if (level.length % 2 === 1) parents.push(level.at(-1)!);
  return parents;
}
