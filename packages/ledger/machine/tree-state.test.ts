import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { BlockLog } from '../log/block-log.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { EMPTY, HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import { StateTree } from '../state-tree/state-tree.ts';
import { TreeState } from './tree-state.ts';
import { WorkingState } from './working-state.ts';

const crypto = await loadCrypto();
const bytes = (text: string) => new TextEncoder().encode(text);

function hashOf(key: Uint8Array): Int32Array {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  return words;
}

/** Storage whose bytes may rot. */
class RottingStorage extends MemoryStorage {
  rotten: number | undefined;

  override read(position: number, length: number): Uint8Array {
    const read = super.read(position, length).slice();
    const { rotten } = this;
    if (rotten !== undefined && rotten >= position && rotten < position + length) {
      read[rotten - position]! ^= 1;
    }
    return read;
  }
}

/** A state whose writes are committed one block after the other. */
class Stage {
  readonly storage = new RottingStorage();
  readonly tree = new StateTree(8);
  readonly #log = new BlockLog(this.storage, crypto);
  readonly committed = new TreeState(this.tree, this.#log);
  readonly working = new WorkingState(this.committed);
  #height = 0;

  commit(): void {
    const writes = this.working.overlay.toWrites();
    const draft = this.tree.draft(writes.batch);
    const height = this.#height++;
    const nothing = { transactions: [], results: [], events: [], ids: [], minutes: [] };
    const parts = { height, time: height, lightBlock: new Uint8Array(1), ...nothing };
    const places = this.#log.appendBlock(parts, writes, this.tree.rootHash(draft.root));
    this.tree.adopt(draft, height);
    for (const [i, place] of places.entries())
      this.tree.nodes.setPlace(writes.batch.leaf(i), place);
    this.working.overlay.clear();
  }

  read(key: string): string | null {
    const value = this.committed.read(hashOf(bytes(key)));
    return value && new TextDecoder().decode(value);
  }
}

function stageWith(entries: Record<string, string>): Stage {
  const stage = new Stage();
  for (const [key, value] of Object.entries(entries)) stage.working.put(bytes(key), bytes(value));
  stage.commit();
  return stage;
}

describe('the committed state', () => {
  it('has the values of the last block, each with its key', () => {
    const stage = stageWith({ one: '1', two: '2' });
    stage.working.put(bytes('two'), bytes('zwei'));
    stage.working.put(bytes('three'), bytes('3'));
    stage.commit();
    expect(['one', 'two', 'three', 'four'].map((key) => stage.read(key))).toEqual([
      ...['1', 'zwei', '3'],
      null,
    ]);
    expect(stage.committed.has(hashOf(bytes('two')))).toBe(true);
    expect(stage.committed.has(hashOf(bytes('four')))).toBe(false);
    const leaf = stage.tree.find(stage.tree.root, hashOf(bytes('two')));
    expect(stage.committed.entryOf(leaf)).toEqual({ key: bytes('two'), value: bytes('zwei') });
  });

  it('has values of every length, the empty one too', () => {
    const lengths = [0, 1, 100, 70_000];
    const stage = stageWith(
      Object.fromEntries(lengths.map((length) => [`${length}`, 'x'.repeat(length)])),
    );
    expect(lengths.map((length) => stage.read(`${length}`)?.length)).toEqual(lengths);
  });

  it('reads old values as long as their version is kept', () => {
    const stage = stageWith({ key: 'old' });
    const { root } = stage.tree;
    stage.working.put(bytes('key'), bytes('new'));
    stage.commit();
    const leaf = stage.tree.find(root, hashOf(bytes('key')));
    expect(toHex(stage.committed.valueOf(leaf))).toBe(toHex(bytes('old')));
    expect(stage.read('key')).toBe('new');
  });

  it('never takes for a value what rotted in the log, whichever byte of it that is', () => {
    const stage = stageWith({ key: 'a value' });
    const leaf = stage.tree.find(stage.tree.root, hashOf(bytes('key')));
    expect(leaf).not.toBe(EMPTY);
    const { position, size } = stage.tree.nodes.place(leaf);
    for (let i = 0; i < size; i++) {
      stage.storage.rotten = position + i;
      expect(codeOf(() => stage.committed.entryOf(leaf))).toBe('LOG_CORRUPT');
      // Who reads a value has its key, and does not take it from the log.
      const isKey = i >= 6 && i < 9;
      const expected = isKey ? undefined : 'LOG_CORRUPT';
      expect(codeOf(() => stage.committed.valueOf(leaf))).toBe(expected);
    }
    stage.storage.rotten = undefined;
    expect(stage.read('key')).toBe('a value');
  });
});

describe('the working state', () => {
  it('sees what the block wrote before what was committed', () => {
    const stage = stageWith({ key: 'committed' });
    const { working } = stage;
    expect(working.get(bytes('key'))).toEqual(bytes('committed'));
    working.put(bytes('key'), bytes('written'));
    expect(working.get(bytes('key'))).toEqual(bytes('written'));
    expect(stage.read('key')).toBe('committed');
    working.overlay.clear();
    expect(working.get(bytes('key'))).toEqual(bytes('committed'));
  });

  it('adds only where nothing is, neither committed nor written', () => {
    const { working } = stageWith({ committed: '1' });
    expect(working.add(bytes('committed'), bytes('2'))).toBe(false);
    expect(working.add(bytes('new'), bytes('3'))).toBe(true);
    expect(working.add(bytes('new'), bytes('4'))).toBe(false);
    expect(working.get(bytes('committed'))).toEqual(bytes('1'));
    expect(working.get(bytes('new'))).toEqual(bytes('3'));
    expect(working.overlay.count).toBe(1);
  });

  it('has an empty value where one was written, and nothing where none was', () => {
    const { working } = stageWith({ empty: '' });
    expect(working.get(bytes('empty'))).toEqual(new Uint8Array(0));
    expect(working.has(bytes('empty'))).toBe(true);
    working.put(bytes('also empty'), new Uint8Array(0));
    expect(working.get(bytes('also empty'))).toEqual(new Uint8Array(0));
    expect(working.has(bytes('also empty'))).toBe(true);
    expect(working.get(bytes('nothing'))).toBeNull();
    expect(working.has(bytes('nothing'))).toBe(false);
  });

  it('forgets what was taken back, down to a mark', () => {
    const { working } = stageWith({ a: '1' });
    working.put(bytes('b'), bytes('2'));
    const mark = working.overlay.mark();
    working.put(bytes('a'), bytes('x'));
    working.put(bytes('b'), bytes('y'));
    working.add(bytes('c'), bytes('z'));
    working.overlay.rollback(mark);
    const all = ['a', 'b', 'c'].map((key) => working.get(bytes(key)));
    expect(all).toEqual([bytes('1'), bytes('2'), null]);
    expect(working.add(bytes('c'), bytes('3'))).toBe(true);
  });
});
