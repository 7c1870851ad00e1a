import { toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { BlockLog } from '../log/block-log.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import { StateTree } from '../state-tree/state-tree.ts';
import { Overlay } from './overlay.ts';
import { proveKey } from './prove-key.ts';
import { TreeState } from './tree-state.ts';

const crypto = await loadCrypto();
const key = (number: number) => Uint8Array.of(3, number >> 8, number);

/** A log and a tree without a state machine around them. */
class Bare {
  readonly tree = new StateTree(8);
  readonly log = new BlockLog(new MemoryStorage(), crypto);
  readonly values = new TreeState(this.tree, this.log);
  height = -1;

  write(entries: readonly (readonly [Uint8Array, Uint8Array])[]): void {
    const overlay = new Overlay();
    const hash = new Int32Array(HASH_WORDS);
    for (const [one, value] of entries) {
      sha256Words(one, hash, 0);
      overlay.put(hash, one, value);
    }
    const writes = overlay.toWrites();
    const draft = this.tree.draft(writes.batch);
    const height = ++this.height;
    const nothing = { transactions: [], results: [], events: [], ids: [], minutes: [] };
    const parts = { height, time: 0, lightBlock: new Uint8Array(0), ...nothing };
    const places = this.log.appendBlock(parts, writes, this.tree.rootHash(draft.root));
    this.tree.adopt(draft, height);
    for (const [i, place] of places.entries()) {
      this.tree.nodes.setPlace(writes.batch.leaf(i), place);
    }
  }

  prove(asked: Uint8Array, height = this.height) {
    return proveKey(asked, this.tree.versionAt(height)!, this);
  }
}

describe('a proof', () => {
  it('is the one that the definition gives, for keys that are there and that are not', () => {
    const bare = new Bare();
    const entries = Array.from({ length: 60 }, (_, i) => {
      const value = new Uint8Array(i % 90).fill(i);
      return [key(i), value] as const;
    });
    bare.write(entries);
    const naive = new NaiveStateTree(entries, crypto);
    const kinds = new Set<string>();
    for (let number = 0; number < 120; number++) {
      const { value, proof } = bare.prove(key(number));
      expect(proof).toEqual(naive.prove(key(number)));
      expect(value).toEqual(entries[number]?.[1] ?? null);
      kinds.add(proof.terminal.kind);
    }
    expect(kinds).toEqual(new Set(['own', 'empty', 'other']));
  });

  it('of an earlier height has the value of then', () => {
    const bare = new Bare();
    const roots: Uint8Array[] = [];
    for (let height = 0; height < 6; height++) {
      bare.write([
        [key(1), Uint8Array.of(height)],
        [key(10 + height), Uint8Array.of(height)],
      ]);
      roots.push(bare.tree.versions.at(-1)!.rootHash);
    }
    for (const [height, root] of roots.entries()) {
      for (const number of [1, 10, 12, 15, 99]) {
        const proved = bare.prove(key(number), height);
        const isThere = number === 1 || (number >= 10 && number - 10 <= height);
        const expected = number === 1 ? height : number - 10;
        expect(proved.value).toEqual(isThere ? Uint8Array.of(expected) : null);
        expect(verifyState({ key: key(number), ...proved }, root, crypto)).toBe(true);
      }
    }
  });

  it('in an empty tree, and in one of a single leaf, has no siblings', () => {
    const bare = new Bare();
    bare.write([[key(1), Uint8Array.of(1)]]);
    expect(bare.prove(key(1)).proof).toMatchObject({ depth: 0, terminal: { kind: 'own' } });
    expect(bare.prove(key(2)).proof).toMatchObject({ depth: 0, terminal: { kind: 'other' } });
    const empty = { height: 0, root: 0, rootHash: new Uint8Array(32) };
    const version = { ...empty, retiredInner: new Int32Array(0), retiredLeaves: new Int32Array(0) };
    const { value, proof } = proveKey(key(1), version, bare);
    expect([value, proof.depth, proof.terminal.kind]).toEqual([null, 0, 'empty']);
    expect(verifyState({ key: key(1), value, proof }, version.rootHash, crypto)).toBe(true);
  });

  it('is never made with a value that is not the one of the leaf', () => {
    const bare = new Bare();
    bare.write([
      [key(1), Uint8Array.of(1)],
      [key(2), Uint8Array.of(2)],
    ]);
    const hash = new Int32Array(HASH_WORDS);
    sha256Words(key(1), hash, 0);
    const leaf = bare.tree.find(bare.tree.root, hash);
    const { position, size } = bare.tree.nodes.place(leaf);
    for (const shift of [-1, 1, 10]) {
      bare.tree.nodes.setPlace(leaf, { position: position + shift, size });
      expect(codeOf(() => bare.prove(key(1)))).toBe('LOG_CORRUPT');
      expect(codeOf(() => bare.values.read(hash))).toBe('LOG_CORRUPT');
    }
    bare.tree.nodes.setPlace(leaf, { position, size });
    expect(bare.prove(key(1)).value).toEqual(Uint8Array.of(1));
    expect(toHex(bare.values.entryOf(leaf).key)).toBe(toHex(key(1)));
  });
});

describe('values of the state', () => {
  it('may be longer than a leaf can tell', () => {
    const bare = new Bare();
    const long = new Uint8Array(65_536).fill(5);
    bare.write([
      [key(1), long],
      [key(2), new Uint8Array(0)],
    ]);
    expect(Buffer.from(bare.prove(key(1)).value!).equals(long)).toBe(true);
    expect(bare.prove(key(2)).value).toEqual(new Uint8Array(0));
  });
});
