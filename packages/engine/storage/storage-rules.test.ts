import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorage, type Storage } from '@ward/ledger';
import { concatBytes, toHex } from '@ward/protocol';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { afterAll, describe, expect, it } from 'vitest';
import { type DurableStorage, VolatileStorage } from './durable-storage.ts';
import { FileStorage } from './file-storage.ts';

// What the ledger relies on, whatever keeps its bytes.

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Kind {
  readonly name: string;
  make(): Storage;
}

const KINDS: Kind[] = [
  { name: 'memory', make: () => new MemoryStorage() },
  { name: 'memory behind the port of the engine', make: () => new VolatileStorage() },
  {
    name: 'files of a simulated disk',
    make() {
      const disk = new SimulatedDisk({ random: seededRandom(1) });
      return new FileStorage({ folder: '/ledger', segmentBytes: 64, disk });
    },
  },
  {
    name: 'files of this machine',
    make() {
      const folder = mkdtempSync(join(tmpdir(), 'ward-storage-'));
      folders.push(folder);
      return new FileStorage({ folder, segmentBytes: 4096 });
    },
  },
];

async function settle(storage: Storage): Promise<void> {
  await (storage as Partial<DurableStorage>).flush?.();
}

describe.each(KINDS)('storage in $name', ({ make }) => {
  it('begins empty, and tells where each piece stands', () => {
    const storage = make();
    expect([storage.start, storage.size]).toEqual([0, 0]);
    const lengths = [1, 0, 63, 64, 65, 1000];
    const positions = lengths.map((length) => storage.append(new Uint8Array(length)));
    expect(positions).toEqual([0, 1, 1, 64, 128, 193]);
    expect(storage.size).toBe(1193);
  });

  it('gives back any piece at once, and the same when it is durable', async () => {
    const storage = make();
    const random = seededRandom(4);
    const pieces = Array.from({ length: 60 }, () => random.bytes(random.below(300)));
    const check = () => {
      const all = concatBytes(...pieces);
      for (let i = 0; i < 100; i++) {
        const from = random.below(all.length);
        const length = random.below(Math.min(500, all.length - from + 1));
        const expected = toHex(all.subarray(from, from + length));
        expect(toHex(storage.read(from, length))).toBe(expected);
      }
    };
    for (const piece of pieces) storage.append(piece);
    check();
    await settle(storage);
    expect(storage.durableSize).toBe(storage.size);
    check();
  });

  it('is cut at its end, and goes on from there', async () => {
    const storage = make();
    storage.append(new Uint8Array(500).fill(1));
    await settle(storage);
    for (const size of [500, 400, 128, 64, 63]) {
      storage.truncate(size);
      expect(storage.size).toBe(size);
      expect(storage.append(Uint8Array.of(2, 3))).toBe(size);
      expect([...storage.read(size - 1, 3)]).toEqual([1, 2, 3]);
      await settle(storage);
      storage.truncate(size);
    }
  });

  it('forgets its beginning, and keeps positions as they were', async () => {
    const storage = make();
    for (let i = 0; i < 100; i++) storage.append(new Uint8Array(10).fill(i));
    await settle(storage);
    for (const position of [0, 5, 64, 500, 990, 1000]) {
      storage.dropBefore(position);
      await settle(storage);
      expect([storage.start, storage.size]).toEqual([position, 1000]);
      if (position < 1000) expect(storage.read(position, 1)).toHaveLength(1);
      if (position > 0) expect(() => storage.read(position - 1, 1)).toThrow('outside');
    }
    expect(storage.append(Uint8Array.of(7))).toBe(1000);
    expect([...storage.read(1000, 1)]).toEqual([7]);
  });

  it('refuses what lies outside of it', async () => {
    const storage = make();
    storage.append(new Uint8Array(100));
    await settle(storage);
    storage.dropBefore(20);
    await settle(storage);
    const wrong = [
      () => storage.read(19, 1),
      () => storage.read(99, 2),
      () => storage.read(50, -1),
      () => storage.truncate(19),
      () => storage.truncate(101),
      () => storage.dropBefore(19),
      () => storage.dropBefore(101),
    ];
    for (const call of wrong) expect(call).toThrow();
    expect([storage.start, storage.size]).toEqual([20, 100]);
  });
});
