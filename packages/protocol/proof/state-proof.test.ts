import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { defineFormat } from '../format/define-format.ts';
import { encodeUtf8 } from '../utf8.ts';
import {
  EMPTY_HASH,
  innerHash,
  leafHash,
  pathBit,
  type StateProof,
  stateProofField,
  verifyState,
} from './state-proof.ts';

const crypto = await loadCrypto();
const ProofSample = defineFormat('state-proof-sample', 1, { proof: stateProofField });

const keyFor = (n: number) => encodeUtf8(`key ${n}`);
const valueFor = (n: number) => encodeUtf8(`value ${n}`);

function treeOf(numbers: readonly number[]): NaiveStateTree {
  return new NaiveStateTree(
    numbers.map((n) => [keyFor(n), valueFor(n)] as const),
    crypto,
  );
}

/** A number whose key's hash ends the walk in the asked way. */
function absentWith(tree: NaiveStateTree, kind: 'empty' | 'other'): number {
  for (let n = 10_000; ; n++) if (tree.prove(keyFor(n)).terminal.kind === kind) return n;
}

describe('hashes of the tree', () => {
  it('differ for leaves and inner nodes by the length of what is hashed', () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(leafHash(a, b, crypto)).toEqual(crypto.sha256(new Uint8Array([0, ...a, ...b])));
    expect(innerHash(a, b, crypto)).toEqual(crypto.sha256(new Uint8Array([...a, ...b])));
  });

  it('read the bits of a key from the first', () => {
    const bytes = new Uint8Array(32);
    bytes[0] = 0b1010_0000;
    bytes[31] = 1;
    expect([0, 1, 2, 3, 255].map((depth) => pathBit(bytes, depth))).toEqual([1, 0, 1, 0, 1]);
  });
});

describe('a proof', () => {
  const numbers = fc.uniqueArray(fc.nat(200), { maxLength: 60 });

  it('shows the value of every key, and the absence of others, in trees of all sizes', () => {
    fc.assert(
      fc.property(numbers, (present) => {
        const tree = treeOf(present);
        const { root } = tree;
        for (const n of [...present, 201, 202, 203, 204]) {
          const key = keyFor(n);
          const value = present.includes(n) ? valueFor(n) : null;
          const proof = tree.prove(key);
          expect(verifyState({ key, value, proof }, root, crypto)).toBe(true);
          const denied = value === null ? valueFor(n) : null;
          expect(verifyState({ key, value: denied, proof }, root, crypto)).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of a key is none of another key, value or root', () => {
    const tree = treeOf([1, 2, 3, 4, 5]);
    const { root } = tree;
    const proof = tree.prove(keyFor(1));
    const check = (key: Uint8Array, value: Uint8Array | null, under = root) =>
      verifyState({ key, value, proof }, under, crypto);
    expect(check(keyFor(1), valueFor(1))).toBe(true);
    expect(check(keyFor(2), valueFor(2))).toBe(false);
    expect(check(keyFor(1), valueFor(2))).toBe(false);
    expect(check(keyFor(1), valueFor(1), treeOf([1, 2, 3, 4]).root)).toBe(false);
  });

  it('of an empty tree shows that there is nothing', () => {
    const tree = treeOf([]);
    expect(tree.root).toEqual(EMPTY_HASH);
    const proof = tree.prove(keyFor(1));
    expect(verifyState({ key: keyFor(1), value: null, proof }, EMPTY_HASH, crypto)).toBe(true);
  });

  it('can hold an empty value, which is not the same as none', () => {
    const tree = new NaiveStateTree([[keyFor(1), new Uint8Array(0)]], crypto);
    const proof = tree.prove(keyFor(1));
    const claim = { key: keyFor(1), proof };
    expect(verifyState({ ...claim, value: new Uint8Array(0) }, tree.root, crypto)).toBe(true);
    expect(verifyState({ ...claim, value: null }, tree.root, crypto)).toBe(false);
  });

  it('comes back from its bytes', () => {
    const tree = treeOf(Array.from({ length: 50 }, (_, i) => i));
    for (const n of [1, absentWith(tree, 'empty'), absentWith(tree, 'other')]) {
      const proof = tree.prove(keyFor(n));
      expect(ProofSample.decode(ProofSample.encode({ proof }))).toEqual({ proof });
    }
  });
});

describe('only one proof of a claim is accepted', () => {
  const tree = treeOf(Array.from({ length: 40 }, (_, i) => i));
  const { root } = tree;
  const empty = keyFor(absentWith(tree, 'empty'));
  const other = keyFor(absentWith(tree, 'other'));

  function isAccepted(key: Uint8Array, change: Partial<StateProof>, value?: Uint8Array): boolean {
    const proof = { ...tree.prove(key), ...change };
    return verifyState({ key, value: value ?? null, proof }, root, crypto);
  }

  it('and not one with another bitmap', () => {
    const { bitmap, depth } = tree.prove(empty);
    expect(isAccepted(empty, {})).toBe(true);
    expect(isAccepted(empty, { bitmap: new Uint8Array([...bitmap, 0]) })).toBe(false);
    expect(isAccepted(empty, { bitmap: bitmap.slice(1) })).toBe(false);
    const beyond = bitmap.slice();
    beyond[depth >> 3]! |= 0x80 >> (depth & 7);
    if (depth % 8 !== 0) expect(isAccepted(empty, { bitmap: beyond })).toBe(false);
    const without = bitmap.slice();
    without[0]! &= 0x7f;
    expect(isAccepted(empty, { bitmap: without })).toBe(false);
  });

  it('and not one whose bitmap goes on behind the depth, with a sibling that nobody uses', () => {
    // Sought where the last byte of the bitmap has room, so that only the depth forbids the bit.
    const key = Array.from({ length: 200 }, (_, i) => keyFor(2000 + i)).find(
      (candidate) => tree.prove(candidate).depth % 8 !== 0,
    )!;
    const { depth, bitmap, siblings } = tree.prove(key);
    const beyond = bitmap.slice();
    beyond[depth >> 3]! |= 0x80 >> (depth & 7);
    expect(isAccepted(key, {})).toBe(true);
    const unused = new Uint8Array(32).fill(7);
    expect(isAccepted(key, { bitmap: beyond, siblings: [unused, ...siblings] })).toBe(false);
    expect(isAccepted(key, { bitmap: beyond, siblings: [...siblings, unused] })).toBe(false);
  });

  it('and not one with a sibling more, less, empty or in another place', () => {
    const { siblings } = tree.prove(other);
    expect(isAccepted(other, {})).toBe(true);
    expect(isAccepted(other, { siblings: siblings.slice(1) })).toBe(false);
    expect(isAccepted(other, { siblings: [...siblings, EMPTY_HASH] })).toBe(false);
    expect(isAccepted(other, { siblings: siblings.toReversed() })).toBe(false);
    const emptied = siblings.with(0, EMPTY_HASH);
    expect(isAccepted(other, { siblings: emptied })).toBe(false);
  });

  it('and not one that goes deeper than it must, past empty siblings', () => {
    const lone = treeOf([1]);
    const proof = lone.prove(keyFor(1));
    expect(proof.depth).toBe(0);
    const claim = { key: keyFor(1), value: valueFor(1) };
    expect(verifyState({ ...claim, proof }, lone.root, crypto)).toBe(true);
    const keyHash = crypto.sha256(keyFor(1));
    const leaf = leafHash(keyHash, crypto.sha256(valueFor(1)), crypto);
    const pair: [Uint8Array, Uint8Array] = [leaf, EMPTY_HASH];
    if (pathBit(keyHash, 0) === 1) pair.reverse();
    const deeperRoot = innerHash(pair[0], pair[1], crypto);
    const deeper = { ...proof, depth: 1, bitmap: Uint8Array.of(0) };
    expect(verifyState({ ...claim, proof: deeper }, deeperRoot, crypto)).toBe(false);
    const said = { ...deeper, bitmap: Uint8Array.of(0x80), siblings: [EMPTY_HASH] };
    expect(verifyState({ ...claim, proof: said }, deeperRoot, crypto)).toBe(false);
  });

  it('and not one whose other leaf is the key itself, or lies elsewhere', () => {
    const key = keyFor(3);
    const keyHash = crypto.sha256(key);
    const own = { kind: 'other', keyHash, valueHash: crypto.sha256(valueFor(3)) } as const;
    expect(isAccepted(key, { terminal: own })).toBe(false);
    const { terminal, depth } = tree.prove(other);
    expect(terminal.kind).toBe('other');
    expect(depth).toBeGreaterThan(0);
    const flipped = crypto.sha256(other);
    flipped[0]! ^= 0x80;
    expect(isAccepted(other, { terminal: { ...own, keyHash: flipped } })).toBe(false);
  });

  it('and not one that says another end than there is', () => {
    expect(isAccepted(keyFor(3), {}, valueFor(3))).toBe(true);
    expect(isAccepted(keyFor(3), { terminal: { kind: 'empty' } })).toBe(false);
    expect(isAccepted(keyFor(3), { terminal: { kind: 'empty' } }, valueFor(3))).toBe(false);
    expect(isAccepted(empty, { terminal: { kind: 'own' } }, valueFor(1))).toBe(false);
    expect(isAccepted(other, { terminal: { kind: 'empty' } })).toBe(false);
  });

  it('so that no altered byte of an encoded proof is accepted', () => {
    for (const key of [keyFor(3), empty, other]) {
      const value = toHex(key) === toHex(keyFor(3)) ? valueFor(3) : null;
      const bytes = ProofSample.encode({ proof: tree.prove(key) });
      for (let i = 0; i < bytes.length; i++) {
        const altered = bytes.slice();
        altered[i]! ^= 1 << (i % 8);
        if (codeOf(() => ProofSample.decode(altered)) !== undefined) continue;
        const { proof } = ProofSample.decode(altered);
        expect(verifyState({ key, value, proof }, root, crypto)).toBe(false);
      }
    }
  });
});
