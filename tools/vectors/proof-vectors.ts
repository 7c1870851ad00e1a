import {
  type Crypto,
  defineFormat,
  encodeUtf8,
  type StateProof,
  stateProofField,
  toHex,
  verifyState,
} from '@ward/protocol';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import type { VectorFile, VectorJson } from './vector-file.ts';

const COUNTS = [0, 1, 2, 3, 16, 100];
/** Only to show proofs as bytes too. */
const ProofVector = defineFormat('state-proof-vector', 1, { proof: stateProofField });

const keyFor = (n: number) => encodeUtf8(`key ${n}`);
const valueFor = (n: number) => encodeUtf8(`value ${n}`);

function described(
  name: string,
  claim: { key: Uint8Array; value: Uint8Array | null; proof: StateProof },
) {
  const { key, value, proof } = claim;
  const { proof: json } = ProofVector.toJson({ proof }) as { proof: VectorJson };
  return {
    name,
    key: toHex(key),
    value: value === null ? null : toHex(value),
    proof: json,
    bytes: toHex(ProofVector.encode({ proof })),
  };
}

/** Changes that make another proof of the same claim, or of none. */
function broken(proof: StateProof): [string, StateProof][] {
  const { bitmap, siblings, depth } = proof;
  return [
    ['a sibling less', { ...proof, siblings: siblings.slice(1) }],
    ['a byte of bitmap more', { ...proof, bitmap: new Uint8Array([...bitmap, 0]) }],
    ['deeper by one', { ...proof, depth: depth + 1, bitmap: widened(bitmap, depth + 1) }],
    ['another end', { ...proof, terminal: { kind: 'empty' } }],
    ['siblings in another order', { ...proof, siblings: siblings.toReversed() }],
  ];
}

function widened(bitmap: Uint8Array, depth: number): Uint8Array {
  const wide = new Uint8Array(Math.ceil(depth / 8));
  wide.set(bitmap);
  return wide;
}

function treeVector(count: number, crypto: Crypto): VectorJson {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const entries = numbers.map((n) => [keyFor(n), valueFor(n)] as const);
  const tree = new NaiveStateTree(entries, crypto);
  const { root } = tree;
  const claims = [...numbers.slice(0, 5), 1000, 1001, 1002, 1003, 1004].map((n) => {
    const value = n < count ? valueFor(n) : null;
    return described(`key ${n}`, { key: keyFor(n), value, proof: tree.prove(keyFor(n)) });
  });
  const claim = { key: keyFor(0), value: count > 0 ? valueFor(0) : null };
  const refused = (count < 16 ? [] : broken(tree.prove(claim.key))).map(([name, proof]) => {
    if (verifyState({ ...claim, proof }, root, crypto)) throw new Error(`${name} is accepted`);
    return described(name, { ...claim, proof });
  });
  const pairs = entries.map(([key, value]) => [toHex(key), toHex(value)]);
  return { entries: pairs, root: toHex(root), claims, refused };
}

/** Trees of several sizes by the naive definition: roots, proofs of presence and of absence. */
export function stateProofVectors(crypto: Crypto): VectorFile {
  const trees = COUNTS.map((count) => treeVector(count, crypto));
  return { path: 'protocol/state-proof.json', content: { trees } };
}
