import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Height } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSnapshots, SnapshotStore } from './snapshot-store.ts';

const crypto = await loadCrypto();
const validators = testValidators([1], { seed: 4, crypto });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-snapshots-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const chunksOf = (height: Height) =>
  [1, 2, 3].map((part) => new Uint8Array(100 * part).fill(height));

function put(store: SnapshotStore, height: Height): void {
  const writer = store.begin(height);
  for (const chunk of chunksOf(height)) writer.add(chunk);
  const time = { seconds: TEST_TIME + height, nanos: 0 };
  const wanted = { chain: 'c', height, time, validators, signers: validators };
  const { header } = signLightBlock(wanted, crypto);
  const appHash = crypto.sha256(Uint8Array.of(height));
  const counts = { stateChunks: 2, idChunks: 1 };
  writer.finish({ snapshot: { height, time: time.seconds, appHash, ...counts }, header });
}

const heightsOf = (store: SnapshotStore) => store.list().map(({ snapshot }) => snapshot.height);

describe('the store of snapshots', () => {
  it('has what was finished, in the same process and in the next', () => {
    const store = new SnapshotStore(folder, crypto);
    for (const height of [4, 12, 8]) put(store, height);
    const again = new SnapshotStore(folder, crypto);
    expect(again.list()).toEqual(store.list());
    expect(listSnapshots(folder, crypto)).toEqual(store.list());
    expect(heightsOf(again)).toEqual([12, 8, 4]);
    for (const [i, chunk] of chunksOf(8).entries()) {
      expect(new Uint8Array(again.chunk(8, i)!)).toEqual(chunk);
    }
    expect(again.chunk(8, 3)).toBeUndefined();
    expect(again.chunk(9, 0)).toBeUndefined();
  });

  it('keeps as many as it is told, and nothing that was not finished', () => {
    const store = new SnapshotStore(folder, crypto);
    for (const height of [4, 8, 12]) put(store, height);
    store.begin(16).add(new Uint8Array(3));
    store.keep(2);
    expect(heightsOf(store)).toEqual([12, 8]);
    mkdirSync(join(folder, '20'));
    writeFileSync(join(folder, 'left behind'), 'x');
    expect(heightsOf(new SnapshotStore(folder, crypto))).toEqual([12, 8]);
    expect(readdirSync(folder).sort()).toEqual(['12', '8']);
    expect(listSnapshots(join(folder, 'nowhere'), crypto)).toEqual([]);
  });

  it('gives up a snapshot of which a chunk is not what was written', () => {
    const store = new SnapshotStore(folder, crypto);
    for (const height of [4, 8]) put(store, height);
    writeFileSync(join(folder, '8', 'chunk-000001'), 'rotten');
    expect(store.chunk(8, 0)).toBeDefined();
    expect(store.chunk(8, 1)).toBeUndefined();
    expect(heightsOf(store)).toEqual([4]);
    expect(existsSync(join(folder, '8'))).toBe(false);
    rmSync(join(folder, '4', 'chunk-000002'));
    expect(store.chunk(4, 2)).toBeUndefined();
    expect(store.list()).toEqual([]);
  });
});
