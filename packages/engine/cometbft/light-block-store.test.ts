import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Height, LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LightBlockStore } from './light-block-store.ts';

const crypto = await loadCrypto();
const validators = testValidators([2, 1], { seed: 4, crypto });
const SEGMENT_BLOCKS = 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-headers-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function blockAt(height: Height): LightBlock {
  const time = { seconds: TEST_TIME + height, nanos: 7 };
  const wanted = { chain: 'c', height, time, validators, signers: validators };
  return signLightBlock(wanted, crypto);
}

const open = () => new LightBlockStore(folder, crypto, SEGMENT_BLOCKS);

function append(store: LightBlockStore, upTo: Height): void {
  for (let height = store.height + 1; height <= upTo; height++) store.append(blockAt(height));
}

function expectHeights(store: LightBlockStore, oldest: Height, newest: Height): void {
  expect(store.oldest).toBe(oldest);
  expect(store.height).toBe(newest);
  expect(store.read(oldest - 1)).toBeUndefined();
  expect(store.read(newest + 1)).toBeUndefined();
  for (let height = oldest; height <= newest; height++) {
    expect(store.read(height)).toEqual(blockAt(height));
  }
}

const names = () => readdirSync(folder).sort();

describe('light blocks in segments', () => {
  it('are read over the borders of segments, in the same process and in the next', () => {
    const store = open();
    append(store, 11);
    expectHeights(store, 1, 11);
    store.close();
    expect(names().filter((name) => name.startsWith('index-'))).toEqual([
      ...['index-1', 'index-5', 'index-9'],
    ]);
    const again = open();
    expectHeights(again, 1, 11);
    append(again, 14);
    expectHeights(again, 1, 14);
    again.close();
  });

  it('are dropped with their segment, when all of it is below a height', () => {
    const store = open();
    append(store, 14);
    store.dropBefore(5);
    expectHeights(store, 5, 14);
    store.dropBefore(8);
    expectHeights(store, 5, 14);
    store.dropBefore(1000);
    expectHeights(store, 13, 14);
    append(store, 15);
    store.close();
    const again = open();
    expectHeights(again, 13, 15);
    again.close();
  });

  it('begin at any height, with nothing of what was there before', () => {
    const store = open();
    append(store, 6);
    store.beginAt(101);
    expect(store.height).toBe(100);
    expect(store.oldest).toBe(101);
    expect(store.read(3)).toBeUndefined();
    expect(() => store.append(blockAt(7))).toThrow('left out');
    append(store, 106);
    expectHeights(store, 101, 106);
    store.close();
    const again = open();
    expectHeights(again, 101, 106);
    again.close();
  });

  it('end before what a crash took of any segment, and go on from there', () => {
    const store = open();
    append(store, 11);
    store.close();
    truncateSync(join(folder, 'index-5'), 60);
    const again = open();
    expectHeights(again, 1, 5);
    expect(names()).not.toContain('index-9');
    append(again, 10);
    expectHeights(again, 1, 10);
    again.close();
  });

  it('lie in segments that are a part of what is kept', () => {
    const kept = [undefined, 2_000_000, 20_000, 1000, 100, 1];
    const segments = kept.map((count) => LightBlockStore.segmentBlocks(count));
    expect(segments).toEqual([10_000, 10_000, 5000, 250, 100, 100]);
  });
});
