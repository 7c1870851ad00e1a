import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@ward/protocol';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlobStore } from './blob-store.ts';
import { FileBlobStore } from './file-blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { newBlobId, PackWriter } from './pack-writer.ts';

const MIB = 1024 * 1024;
const random = seededRandom(8);
let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ward-blobs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newFolder = () => join(folder, `${count++}`);

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concatBytes(...all);
}

async function idsOf(store: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of store.list()) ids.push(id);
  return ids.sort();
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield random.bytes(3 * MIB);
  throw new Error('the sender is gone');
}

describe.each<[string, () => Promise<BlobStore>]>([
  ['in memory', async () => new MemoryBlobStore()],
  ['in files', () => FileBlobStore.open(newFolder())],
])('blobs %s', (_, open) => {
  it('come back as they were put, as a whole or in part', async () => {
    const store = await open();
    const id = newBlobId(random);
    const pieces = [1, MIB - 1, 3, 2 * MIB, 0, 7].map((size) => random.bytes(size));
    const whole = concatBytes(...pieces);
    expect(await store.put(id, pieces)).toBe(whole.length);
    const all = { offset: 0, length: whole.length };
    expect(Buffer.compare((await store.read(id, all))!, whole)).toBe(0);
    expect(Buffer.compare(await collect(store.stream(id, all)), whole)).toBe(0);
    const part = { offset: MIB - 10, length: MIB + 20 };
    const expected = whole.subarray(part.offset, part.offset + part.length);
    expect(Buffer.compare((await store.read(id, part))!, expected)).toBe(0);
    expect(await idsOf(store)).toEqual([id]);
  });

  it('are erased in a range, and nowhere else', async () => {
    const store = await open();
    const id = newBlobId(random);
    const bytes = random.bytes(2 * MIB + 50);
    await store.put(id, [bytes]);
    await store.erase(id, { offset: 100, length: 2 * MIB });
    const left = (await store.read(id, { offset: 0, length: bytes.length }))!;
    expect(left.subarray(0, 100)).toEqual(bytes.subarray(0, 100));
    expect(left.subarray(100, 100 + 2 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(left.subarray(100 + 2 * MIB)).toEqual(bytes.subarray(100 + 2 * MIB));
    await store.erase(newBlobId(random), { offset: 0, length: 5 });
  });

  it('are gone when they are deleted, once or twice', async () => {
    const store = await open();
    const id = newBlobId(random);
    await store.put(id, [random.bytes(10)]);
    await store.delete(id);
    await store.delete(id);
    expect(await store.read(id, { offset: 0, length: 10 })).toBeUndefined();
    expect(await collect(store.stream(id, { offset: 0, length: 10 }))).toHaveLength(0);
    expect(await idsOf(store)).toEqual([]);
  });

  it('whose sender breaks off are not there at all', async () => {
    const store = await open();
    const id = newBlobId(random);
    await expect(store.put(id, broken())).rejects.toThrow('the sender is gone');
    expect(await idsOf(store)).toEqual([]);
    expect(await store.read(id, { offset: 0, length: 1 })).toBeUndefined();
  });
});

describe('blobs in files', () => {
  it('leave nothing beside them: what was not finished is forgotten at a start', async () => {
    const path = newFolder();
    const store = await FileBlobStore.open(path);
    const id = newBlobId(random);
    await store.put(id, [random.bytes(100)]);
    await expect(store.put(newBlobId(random), broken())).rejects.toThrow();
    expect(await readdir(join(path, 'staging'))).toEqual([]);
    await writeFile(join(path, 'staging', newBlobId(random)), 'half of a blob');
    await mkdir(join(path, 'staging', 'folder'));
    const again = await FileBlobStore.open(path);
    expect(await readdir(join(path, 'staging'))).toEqual([]);
    expect(await idsOf(again)).toEqual([id]);
  });

  it('are their owner’s alone', async () => {
    const path = newFolder();
    const store = await FileBlobStore.open(path);
    const id = newBlobId(random);
    await store.put(id, [random.bytes(100)]);
    const { mode } = await stat(join(path, id.slice(0, 2), id));
    expect(mode & 0o077).toBe(0);
    expect((await stat(join(path, 'staging'))).mode & 0o077).toBe(0);
  });

  it('of which the disk lost a part end early, or are none', async () => {
    const path = newFolder();
    const store = await FileBlobStore.open(path);
    const id = newBlobId(random);
    const bytes = random.bytes(1000);
    await store.put(id, [bytes]);
    await truncate(join(path, id.slice(0, 2), id), 400);
    expect(await store.read(id, { offset: 0, length: 1000 })).toBeUndefined();
    const rest = await collect(store.stream(id, { offset: 100, length: 900 }));
    expect(rest).toEqual(bytes.subarray(100, 400));
    expect(await readFile(join(path, id.slice(0, 2), id))).toHaveLength(400);
  });

  it('know how much room there is', async () => {
    const store = await FileBlobStore.open(newFolder());
    expect(await store.freeBytes()).toBeGreaterThan(0);
  });
});

describe('packs', () => {
  /** Blobs whose writing a test lets go on. */
  class HeldBlobs extends MemoryBlobStore {
    readonly puts: (() => void)[] = [];
    failure: Error | undefined;

    override async put(id: string, chunks: Iterable<Uint8Array>): Promise<number> {
      await new Promise<void>((resolve) => this.puts.push(resolve));
      if (this.failure !== undefined) throw this.failure;
      return super.put(id, chunks);
    }
  }

  it('hold what came together, each at its place', async () => {
    const blobs = new HeldBlobs();
    const packs = new PackWriter(blobs, random);
    const objects = Array.from({ length: 9 }, () => random.bytes(1 + random.below(500)));
    const first = packs.write([objects[0]!]);
    const rest = [1, 3, 5, 7].map((i) => packs.write([objects[i]!, objects[i + 1]!]));
    await expect.poll(() => blobs.puts.length).toBe(1);
    blobs.puts[0]!();
    await first;
    // All that waited meanwhile is one pack.
    await expect.poll(() => blobs.puts.length).toBe(2);
    blobs.puts[1]!();
    const places = [...(await first), ...(await Promise.all(rest)).flat()];
    expect(new Set(places.map(({ blob }) => blob)).size).toBe(2);
    for (const [i, { blob, offset, size }] of places.entries()) {
      expect(await blobs.read(blob, { offset, length: size })).toEqual(objects[i]);
    }
  });

  it('that cannot be written refuse all that is in them, and the next one is tried', async () => {
    const blobs = new HeldBlobs();
    const packs = new PackWriter(blobs, random);
    blobs.failure = new Error('full');
    const first = packs.write([random.bytes(5)]);
    const second = packs.write([random.bytes(5)]);
    const settled = Promise.allSettled([first, second]);
    await expect.poll(() => blobs.puts.length).toBe(1);
    blobs.puts[0]!();
    await expect.poll(() => blobs.puts.length).toBe(2);
    blobs.failure = undefined;
    blobs.puts[1]!();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('are closed at a size: what is large does not wait for what is larger', async () => {
    const blobs = new HeldBlobs();
    const packs = new PackWriter(blobs, random);
    const large = new Uint8Array(20 * MIB);
    const writes = [1, 2, 3, 4].map(() => packs.write([large]));
    for (const done of [1, 2, 3]) {
      await expect.poll(() => blobs.puts.length).toBe(done);
      blobs.puts[done - 1]!();
    }
    const places = (await Promise.all(writes)).flat();
    expect(places.map(({ offset }) => offset)).toEqual([0, 0, 20 * MIB, 0]);
  });
});
