import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { appliedResult } from '../machine/outcomes.ts';
import { Overlay } from '../machine/overlay.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256, sha256Words } from '../state-tree/sha256.ts';
import { splitRecord } from './block-frame.ts';
import { BlockLog } from './block-log.ts';
import { FRAME_KIND } from './frame.ts';

const crypto = await loadCrypto();
const root = new Uint8Array(32).fill(1);
const idOf = (height: number, index: number) => sha256(Uint8Array.of(height, index));

interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function append(log: BlockLog, height: number, count: number, pairs: readonly Pair[] = []) {
  const overlay = new Overlay();
  const hash = new Int32Array(HASH_WORDS);
  for (const { key, value } of pairs) {
    sha256Words(key, hash, 0);
    overlay.put(hash, key, value);
  }
  const ids = Array.from({ length: count }, (_, index) => idOf(height, index));
  const writes = overlay.toWrites();
  const parts = {
    height,
    time: 1000 + height,
    lightBlock: Uint8Array.of(height),
    transactions: ids.map((id) => id.slice(0, 5)),
    results: ids.map(() => appliedResult),
    events: ids.map(() => []),
    ids,
    minutes: ids.map(() => 17),
  };
  return { places: log.appendBlock(parts, writes, root), writes };
}

function logOf(heights: number, storage = new MemoryStorage()): BlockLog {
  const log = new BlockLog(storage, crypto);
  for (let height = 0; height <= heights; height++) append(log, height, height % 3);
  return log;
}

describe('the log', () => {
  it('finds every block, also behind frames of other kinds', () => {
    const log = logOf(40);
    log.writer.begin();
    log.appendFrame({ kind: FRAME_KIND.carried, height: 40, time: 0, numbers: [0, 0, 0, 0] }, root);
    for (let height = 41; height <= 60; height++) append(log, height, 1);
    for (let height = 0; height <= 60; height++) {
      expect(log.block(height)?.lightBlock).toEqual(Uint8Array.of(height));
      expect(log.blockHeader(height)).toMatchObject({ height, time: 1000 + height });
    }
    expect([log.block(61), log.block(-1)]).toEqual([undefined, undefined]);
  });

  it('links every frame to the one before it', () => {
    const log = logOf(5);
    for (let height = 1; height <= 5; height++) {
      const before = log.wholeFrame(log.blockHeader(height - 1)!);
      const { link } = log.blockHeader(height)!;
      expect(toHex(before.trailer.digest)).toContain(toHex(link));
      expect(before.trailer.root).toEqual(root);
    }
  });

  it('finds transactions by id, the newest first', () => {
    const log = logOf(30);
    expect(log.findTransaction(idOf(29, 1), 30)).toEqual({ height: 29, index: 1 });
    expect(log.findTransaction(idOf(2, 0), 30)).toEqual({ height: 2, index: 0 });
    expect(log.findTransaction(idOf(3, 0), 30)).toBeUndefined();
  });

  it('gives back records of every length, in the order of the hashes of their keys', () => {
    const log = logOf(3);
    const pairs = [0, 1, 60_000, 65_400, 65_530, 65_536, 70_000].map((length, i) => ({
      key: new Uint8Array(40).fill(i),
      value: new Uint8Array(length).fill(i),
    }));
    const { places, writes } = append(log, 4, 0, pairs);
    expect(places).toHaveLength(pairs.length);
    for (const [i, { position, size }] of places.entries()) {
      // A leaf says only 16 bits of a record's length.
      const told = { position, size: Math.min(size, 0xffff) };
      const { key, value } = splitRecord(log.readRecord(told))!;
      expect(toHex(sha256(key))).toBe(toHex(sha256(writes.keys[i]!)));
      expect(Buffer.from(value).equals(writes.values[i]!)).toBe(true);
    }
  });

  it('reads plain bytes where the storage gives Node buffers', () => {
    class BufferStorage extends MemoryStorage {
      override read(position: number, length: number): Uint8Array {
        return Buffer.from(super.read(position, length));
      }
    }
    const log = logOf(4, new BufferStorage());
    const block = log.block(2)!;
    expect(block.lightBlock.constructor).toBe(Uint8Array);
    expect(block.transactions[0]!.constructor).toBe(Uint8Array);
  });

  it('refuses a block whose bytes are not what was written', () => {
    class RottenStorage extends MemoryStorage {
      rotten = -1;
      override read(position: number, length: number): Uint8Array {
        const read = super.read(position, length).slice();
        const at = this.rotten - position;
        if (at >= 0 && at < length) read[at]! ^= 16;
        return read;
      }
    }
    const storage = new RottenStorage();
    const log = logOf(6, storage);
    const { position, length } = log.blockHeader(5)!;
    for (let at = position; at < position + length; at++) {
      storage.rotten = at;
      expect(codeOf(() => log.block(5))).toBe('LOG_CORRUPT');
      expect(log.block(4)?.height).toBe(4);
    }
  });

  it('changes nothing when the storage cannot take a block', () => {
    class FullStorage extends MemoryStorage {
      isFull = false;
      override append(bytes: Uint8Array): number {
        if (this.isFull) throw new Error('no space left');
        return super.append(bytes);
      }
    }
    const storage = new FullStorage();
    const log = logOf(2, storage);
    storage.isFull = true;
    expect(() => append(log, 3, 1)).toThrow('no space left');
    storage.isFull = false;
    append(log, 3, 2);
    const before = log.wholeFrame(log.blockHeader(2)!);
    expect(toHex(before.trailer.digest)).toContain(toHex(log.blockHeader(3)!.link));
    expect(log.block(3)?.transactions).toHaveLength(2);
  });

  it('drops the blocks before a height', () => {
    const log = logOf(50);
    const { position } = log.blockHeader(37)!;
    log.dropBefore(37);
    expect(log.storage.start).toBe(position);
    expect([log.block(36), log.block(37)?.height, log.heights.oldest]).toEqual([undefined, 37, 37]);
    log.dropBefore(99);
    expect(log.heights.oldest).toBe(37);
  });
});
