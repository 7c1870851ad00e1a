import {
  type Crypto,
  type Digest,
  EMPTY_HASH,
  innerHash,
  leafHash,
  pathBit,
  type StateProof,
} from '@ward/protocol';

interface Leaf {
  readonly keyHash: Digest;
  readonly valueHash: Digest;
}

/**
 * The state tree by its definition, computed anew from all entries each time: slow and plain, to
 * compare real trees and proofs with.
 */
export class NaiveStateTree {
  readonly #crypto: Crypto;
  readonly #leaves: Leaf[];

  constructor(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>, crypto: Crypto) {
    this.#crypto = crypto;
    const byKey = new Map<string, Leaf>();
    for (const [key, value] of entries) {
      const keyHash = crypto.sha256(key);
      byKey.set(keyHash.join(), { keyHash, valueHash: crypto.sha256(value) });
    }
    this.#leaves = [...byKey.values()];
  }

  get root(): Digest {
    return this.#hash(this.#leaves, 0);
  }

  /** Hash of the subtree that holds `leaves`, which agree on the first `depth` bits. */
  #hash(leaves: readonly Leaf[], depth: number): Digest {
    if (leaves.length === 0) return EMPTY_HASH;
    if (leaves.length === 1) {
      return leafHash(leaves[0]!.keyHash, leaves[0]!.valueHash, this.#crypto);
    }
    const [left, right] = split(leaves, depth);
    return innerHash(this.#hash(left, depth + 1), this.#hash(right, depth + 1), this.#crypto);
  }

  /** The proof that `key` has its value, or has none. */
  prove(key: Uint8Array): StateProof {
    const keyHash = this.#crypto.sha256(key);
    const bits: boolean[] = [];
    const siblings: Digest[] = [];
    let around: readonly Leaf[] = this.#leaves;
    while (around.length > 1) {
      const depth = bits.length;
      const sides = split(around, depth);
      const side = pathBit(keyHash, depth);
      const sibling = this.#hash(sides[1 - side]!, depth + 1);
      const isEmpty = sibling.every((byte) => byte === 0);
      bits.push(!isEmpty);
      if (!isEmpty) siblings.push(sibling);
      around = sides[side]!;
    }
    const bitmap = new Uint8Array(Math.ceil(bits.length / 8));
    bits.forEach((bit, depth) => {
      if (bit) bitmap[depth >> 3]! |= 0x80 >> (depth & 7);
    });
    return { depth: bits.length, bitmap, siblings, terminal: terminalOf(around[0], keyHash) };
  }
}

function split(leaves: readonly Leaf[], depth: number): [Leaf[], Leaf[]] {
  const left = leaves.filter(({ keyHash }) => pathBit(keyHash, depth) === 0);
  const right = leaves.filter(({ keyHash }) => pathBit(keyHash, depth) === 1);
  return [left, right];
}

function terminalOf(leaf: Leaf | undefined, keyHash: Digest): StateProof['terminal'] {
  if (leaf === undefined) return { kind: 'empty' };
  if (leaf.keyHash.every((byte, i) => byte === keyHash[i])) return { kind: 'own' };
  return { kind: 'other', keyHash: leaf.keyHash, valueHash: leaf.valueHash };
}
