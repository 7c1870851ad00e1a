import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import type { StructOf } from '../format/fields.ts';
import { bytes, bytesBetween, integer, list, struct, variant } from '../format/fields.ts';
import { DIGEST_BYTES, type Digest } from '../units.ts';

export const TREE_DEPTH_MAX = 256;

/** What the path ends at. `own` proves presence; the two others prove absence. */
const terminalField = variant({
  own: struct({}),
  empty: struct({}),
  other: struct({ keyHash: bytes(DIGEST_BYTES), valueHash: bytes(DIGEST_BYTES) }),
});

/**
 * A path through the state tree, from the root down: `bitmap` says at which levels the sibling is
 * not empty, `siblings` are those, in order.
 */
export const stateProofFields = {
  depth: integer(0, TREE_DEPTH_MAX),
  bitmap: bytesBetween(0, TREE_DEPTH_MAX / 8),
  siblings: list(bytes(DIGEST_BYTES), { max: TREE_DEPTH_MAX }),
  terminal: terminalField,
};
export const stateProofField = struct(stateProofFields);
export type StateProof = StructOf<typeof stateProofFields>;

/** Root of the empty tree, and hash of every empty subtree. */
export const EMPTY_HASH: Digest = new Uint8Array(DIGEST_BYTES);

/**
 * Hash of a leaf: SHA-256(00 ‖ SHA-256(key) ‖ SHA-256(value)), 65 bytes of input. An inner node's
 * input is its two children, 64 bytes: the lengths keep the two apart.
 */
export function leafHash(keyHash: Digest, valueHash: Digest, crypto: Crypto): Digest {
  const input = new Uint8Array(65);
  input.set(keyHash, 1);
  input.set(valueHash, 33);
  return crypto.sha256(input);
}

export function innerHash(left: Digest, right: Digest, crypto: Crypto): Digest {
  pair.set(left);
  pair.set(right, 32);
  return crypto.sha256(pair);
}

/** Two hashes side by side, for one moment at a time. */
const pair = new Uint8Array(64);

/** Bit of a key's hash at a depth, the root's choice first. */
export function pathBit(keyHash: Digest, depth: number): 0 | 1 {
  return ((keyHash[depth >> 3]! >> (7 - (depth & 7))) & 1) as 0 | 1;
}

export interface StateClaim {
  /** Raw key, as a contract's collection makes it. */
  readonly key: Uint8Array;
  /** Value's bytes, or null to claim that there is none. */
  readonly value: Uint8Array | null;
  readonly proof: StateProof;
}

/**
 * Whether a claim about one key holds under a root. Only one proof of a claim is accepted: bitmap,
 * depth and siblings must be canonical.
 *
 * @param root The app hash of the header that follows the state's height.
 * @example if (!verifyState(claim, header.appHash, crypto)) throw …
 */
export function verifyState(claim: StateClaim, root: Digest, crypto: Crypto): boolean {
  const { key, value, proof } = claim;
  const { terminal } = proof;
  if (!isCanonical(proof)) return false;
  const keyHash = crypto.sha256(key);
  if ((terminal.kind === 'own') !== (value !== null)) return false;
  let node: Digest = EMPTY_HASH;
  if (value !== null) node = leafHash(keyHash, crypto.sha256(value), crypto);
  else if (terminal.kind === 'other') {
    if (!sharesPrefix(keyHash, terminal.keyHash, proof.depth)) return false;
    node = leafHash(terminal.keyHash, terminal.valueHash, crypto);
  }
  return equalBytes(climb(node, keyHash, proof, crypto), root);
}

function isCanonical({ depth, bitmap, siblings, terminal }: StateProof): boolean {
  if (bitmap.length !== Math.ceil(depth / 8)) return false;
  let count = 0;
  for (let level = 0; level < bitmap.length * 8; level++) {
    if (pathBit(bitmap, level) === 0) continue;
    if (level >= depth) return false;
    count++;
  }
  if (count !== siblings.length) return false;
  // A lone leaf, and an empty side, stand as high as they can: next to something.
  if (depth > 0 && pathBit(bitmap, depth - 1) === 0) return false;
  if (depth === 0 && terminal.kind === 'empty') return true;
  return siblings.every((sibling) => !equalBytes(sibling, EMPTY_HASH));
}

function sharesPrefix(a: Digest, b: Digest, bits: number): boolean {
  for (let depth = 0; depth < bits; depth++)
    if (pathBit(a, depth) !== pathBit(b, depth)) return false;
  return !equalBytes(a, b);
}

function climb(leaf: Digest, keyHash: Digest, proof: StateProof, crypto: Crypto): Digest {
  let node = leaf;
  let next = proof.siblings.length - 1;
  for (let depth = proof.depth - 1; depth >= 0; depth--) {
    const sibling = pathBit(proof.bitmap, depth) === 1 ? proof.siblings[next--]! : EMPTY_HASH;
    node =
      pathBit(keyHash, depth) === 0
        ? innerHash(node, sibling, crypto)
        : innerHash(sibling, node, crypto);
  }
  return node;
}
