import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../memory-storage.ts';
import { compareHashes } from '../state-tree/compare-hashes.ts';
import { LeafWalk } from '../state-tree/leaf-walk.ts';
import { EMPTY, HASH_WORDS, SIZE_UNKNOWN } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import { StateTree } from '../state-tree/state-tree.ts';
import { WriteBatch } from '../state-tree/write-batch.ts';
import { BlockLog, type PlacedHeader } from './block-log.ts';
import { CheckpointWriter, heightBehind, loadCheckpointPart } from './checkpoint.ts';
import { FRAME_KIND } from './frame.ts';

const crypto = await loadCrypto();
const GENESIS = new Uint8Array(32).fill(3);
/** Leaves of one part, as the format has it. */
const PART = 4096;

/** A tree of `count` keys, each with a place that its number tells. */
function treeOf(count: number): StateTree {
  const hashes = new Int32Array(count * HASH_WORDS);
  for (let n = 0; n < count; n++) {
    sha256Words(Uint8Array.of(n >> 16, n >> 8, n), hashes, n * HASH_WORDS);
  }
  const order = Array.from({ length: count }, (_, n) => n * HASH_WORDS);
  order.sort((a, b) => compareHashes(hashes, a, b));
  const batch = new WriteBatch(count);
  for (const [i, from] of order.entries()) batch.put(i, hashes, from, Uint8Array.of(from));
  const tree = new StateTree(4);
  tree.adopt(tree.draft(batch), 7);
  for (const [i, from] of order.entries()) tree.nodes.setPlace(batch.leaf(i), placeOf(from));
  return tree;
}

/** Positions over the whole range, and sizes up to the largest that a leaf can tell. */
function placeOf(n: number) {
  return { position: n * 2 ** 28 + n, size: Math.min(SIZE_UNKNOWN, 1 + n * 3) };
}

function leavesOf(tree: StateTree): string[] {
  const walk = new LeafWalk(tree.nodes, tree.root);
  const words = new Int32Array(2 * HASH_WORDS);
  const found: string[] = [];
  for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) {
    tree.nodes.copyKeyHash(leaf, words, 0);
    tree.nodes.copyHash(leaf, words, HASH_WORDS);
    const { position, size } = tree.nodes.place(leaf);
    found.push(`${toHex(new Uint8Array(words.buffer))} ${position} ${size}`);
  }
  return found;
}

function write(tree: StateTree, idleBlocks = 2): BlockLog {
  const log = new BlockLog(new MemoryStorage(), crypto);
  const options = { genesis: GENESIS, version: tree.versions.at(-1)!, idleBlocks, time: 99 };
  new CheckpointWriter(log, tree, options).finish();
  return log;
}

function headersOf(log: BlockLog): PlacedHeader[] {
  const headers: PlacedHeader[] = [];
  for (let position = 0; position < log.storage.size; ) {
    const header = log.headerAt(position);
    headers.push(header);
    position += header.length;
  }
  return headers;
}

function load(log: BlockLog, genesis = GENESIS): StateTree {
  const tree = new StateTree(4);
  for (const header of headersOf(log)) loadCheckpointPart(log.wholeFrame(header), tree, genesis);
  return tree;
}

describe('a checkpoint', () => {
  it.each([0, 1, 2, 300, PART, PART + 1, 2 * PART + 5])('gives back %i leaves', (count) => {
    const tree = treeOf(count);
    const loaded = load(write(tree));
    expect(leavesOf(loaded)).toEqual(leavesOf(tree));
    expect(toHex(loaded.versions[0]!.rootHash)).toBe(toHex(tree.versions[0]!.rootHash));
    expect(loaded.keyCount).toBe(count);
    expect(loaded.versions).toHaveLength(1);
  });

  it('comes in parts, of which the last says that it is', () => {
    const headers = headersOf(write(treeOf(2 * PART + 5)));
    expect(headers.map(({ numbers }) => numbers)).toEqual([
      [0, PART, 0, 2],
      [1, PART, 0, 2],
      [2, 5, 1, 2],
    ]);
    for (const { kind, height, time } of headers) {
      expect([kind, height, time]).toEqual([FRAME_KIND.checkpoint, 7, 99]);
    }
  });

  it('says behind which height it is to be continued', () => {
    for (const idleBlocks of [0, 1, 400]) {
      const [header] = headersOf(write(treeOf(1), idleBlocks));
      expect(heightBehind(header!)).toBe(7 + idleBlocks + 1);
    }
  });

  it('can be written with other things between its parts', () => {
    const tree = treeOf(PART + 10);
    const log = new BlockLog(new MemoryStorage(), crypto);
    const version = tree.versions[0]!;
    const writer = new CheckpointWriter(log, tree, {
      ...{ genesis: GENESIS, version, idleBlocks: 0, time: 1 },
    });
    expect(writer.step()).toBe(false);
    log.writer.begin();
    const header = { kind: FRAME_KIND.carried, height: 8, time: 1, numbers: [0, 0, 0, 0] } as const;
    log.appendFrame(header, version.rootHash);
    expect(writer.step()).toBe(true);
    const parts = headersOf(log).filter(({ kind }) => kind === FRAME_KIND.checkpoint);
    const loaded = new StateTree(4);
    for (const part of parts) loadCheckpointPart(log.wholeFrame(part), loaded, GENESIS);
    expect(leavesOf(loaded)).toEqual(leavesOf(tree));
  });

  it('is of the version that it was begun with, whatever came meanwhile', () => {
    const tree = treeOf(500);
    const before = leavesOf(tree);
    const version = tree.versions[0]!;
    const log = new BlockLog(new MemoryStorage(), crypto);
    const writer = new CheckpointWriter(log, tree, {
      ...{ genesis: GENESIS, version, idleBlocks: 0, time: 1 },
    });
    const hash = new Int32Array(HASH_WORDS);
    sha256Words(Uint8Array.of(0, 0, 3), hash, 0);
    const batch = new WriteBatch(1);
    batch.put(0, hash, 0, Uint8Array.of(77));
    tree.adopt(tree.draft(batch), 8);
    writer.finish();
    expect(leavesOf(load(log))).toEqual(before);
    expect(leavesOf(tree)).not.toEqual(before);
  });

  it('of another ledger is refused', () => {
    const log = write(treeOf(3));
    expect(codeOf(() => load(log, new Uint8Array(32)))).toBe('LOG_FOREIGN');
  });
});
