import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { afterEach, describe, expect, it } from 'vitest';
import type { Disk } from './disk.ts';
import { FileStorage } from './file-storage.ts';
import { nodeDisk } from './node-disk.ts';

const FOLDER = '/ledger';
const SEGMENT_BYTES = 4096;

function openOn(disk: Disk, folder = FOLDER): FileStorage {
  return new FileStorage({ folder, segmentBytes: SEGMENT_BYTES, retryMs: 1, disk });
}

/** Bytes that say where they stand. */
function pattern(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, i) => ((from + i) * 131 + 7) & 0xff);
}

function appendTo(storage: FileStorage, length: number): void {
  storage.append(pattern(storage.size, storage.size + length));
}

function checkAll(storage: FileStorage, from = storage.start, to = storage.size): void {
  expect(Buffer.compare(storage.read(from, to - from), pattern(from, to))).toBe(0);
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function realFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-storage-'));
  folders.push(folder);
  return folder;
}

describe.each([
  ['in memory', () => ({ disk: new SimulatedDisk({ random: seededRandom(1) }), folder: FOLDER })],
  ['of this machine', () => ({ disk: nodeDisk, folder: realFolder() })],
])('file storage on a disk %s', (_, make) => {
  it('reads what was appended before and after it is durable, over segments', async () => {
    const { disk, folder } = make();
    const storage = openOn(disk, folder);
    for (const length of [1, 4095, 1, 9000, 0, 300]) {
      appendTo(storage, length);
      checkAll(storage);
    }
    await storage.flush();
    checkAll(storage);
    expect(storage.read(4000, 200)).toEqual(pattern(4000, 4200));
    expect(storage.read(0, 0)).toHaveLength(0);
    await storage.close();
  });

  it('has what was flushed when it is opened again, and goes on from there', async () => {
    const { disk, folder } = make();
    let storage = openOn(disk, folder);
    for (let round = 0; round < 5; round++) {
      appendTo(storage, 3000);
      await storage.flush();
      appendTo(storage, 17);
      await storage.close();
      storage = openOn(disk, folder);
      expect(storage.size).toBe((round + 1) * 3017);
      checkAll(storage);
    }
    await storage.close();
  });

  it('keeps its cut tail cut, within a segment, at its edge and over several', async () => {
    const { disk, folder } = make();
    let storage = openOn(disk, folder);
    appendTo(storage, 20_000);
    await storage.flush();
    for (const size of [19_000, 16_384, 5000, 4096, 4095, 0]) {
      storage.truncate(size);
      expect(storage.size).toBe(size);
      await storage.close();
      storage = openOn(disk, folder);
      expect(storage.size).toBe(size);
      checkAll(storage);
    }
    appendTo(storage, 10_000);
    await storage.flush();
    checkAll(storage);
    await storage.close();
  });

  it('forgets what was dropped, exactly, and removes its files', async () => {
    const { disk, folder } = make();
    let storage = openOn(disk, folder);
    appendTo(storage, 20_000);
    await storage.flush();
    storage.dropBefore(9000);
    expect(() => storage.read(8999, 1)).toThrow('outside');
    await storage.flush();
    expect(disk.list(folder).filter((name) => name.endsWith('.log'))).toHaveLength(3);
    await storage.close();
    storage = openOn(disk, folder);
    expect([storage.start, storage.size]).toEqual([9000, 20_000]);
    checkAll(storage);
    storage.dropBefore(20_000);
    await storage.close();
    storage = openOn(disk, folder);
    expect([storage.start, storage.size]).toEqual([20_000, 20_000]);
    appendTo(storage, 5000);
    await storage.flush();
    checkAll(storage);
    await storage.close();
  });

  it('keeps the segment size with which the folder was made', async () => {
    const { disk, folder } = make();
    const storage = openOn(disk, folder);
    appendTo(storage, 9000);
    await storage.close();
    const again = new FileStorage({ folder, disk });
    expect(again.size).toBe(9000);
    checkAll(again);
    await again.close();
  });
});

describe('file storage', () => {
  const newDisk = () => new SimulatedDisk({ random: seededRandom(2) });

  it('refuses reads and cuts outside of what it keeps', async () => {
    const storage = openOn(newDisk());
    appendTo(storage, 100);
    expect(() => storage.read(50, 51)).toThrow('outside');
    expect(() => storage.truncate(101)).toThrow('outside');
    expect(() => storage.truncate(10)).toThrow('wait for the disk');
    expect(() => storage.dropBefore(101)).toThrow('outside');
  });

  it('takes over its argument when it appends', () => {
    const storage = openOn(newDisk());
    const bytes = pattern(0, 64);
    storage.append(bytes);
    bytes.fill(0);
    checkAll(storage);
  });

  it('shares one sync among the flushes of one time', async () => {
    const disk = newDisk();
    const storage = openOn(disk);
    const before = disk.operations;
    const flushes = Array.from({ length: 50 }, () => {
      appendTo(storage, 10);
      return storage.flush();
    });
    await Promise.all(flushes);
    expect(disk.operations - before).toBeLessThan(12);
    const afterwards = disk.operations;
    await storage.flush();
    expect(disk.operations).toBe(afterwards);
  });

  it('waits on a full disk, loses nothing, and goes on when there is space', async () => {
    const disk = newDisk();
    disk.capacityBytes = 6000;
    const storage = openOn(disk);
    appendTo(storage, 3000);
    await storage.flush();
    appendTo(storage, 9000);
    let isDurable = false;
    const flushed = storage.flush().then(() => {
      isDurable = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([storage.isFull, isDurable]).toEqual([true, false]);
    checkAll(storage);
    disk.capacityBytes = 50_000;
    await flushed;
    expect(storage.isFull).toBe(false);
    await storage.close();
    const again = openOn(disk);
    expect(again.size).toBe(12_000);
    checkAll(again);
  });

  it('gives up on a full disk when it is closed', async () => {
    const disk = newDisk();
    const storage = openOn(disk);
    disk.capacityBytes = 0;
    appendTo(storage, 100);
    const flushed = codeOfAsync(() => storage.flush());
    await storage.close();
    expect(await flushed).toBe('DISK_FULL');
  });

  it('refuses everything once a write or sync has failed', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(3), brokenAt: 6 });
    const storage = openOn(disk);
    let failed: string | undefined;
    while (failed === undefined) {
      appendTo(storage, 10);
      failed = await codeOfAsync(() => storage.flush());
    }
    expect(failed).toBe('STORAGE_FAILED');
    expect(codeOf(() => storage.append(Uint8Array.of(1)))).toBe('STORAGE_FAILED');
    expect(await codeOfAsync(() => storage.flush())).toBe('STORAGE_FAILED');
  });

  it('refuses a folder with a gap, a short file or an unknown head', async () => {
    const disk = newDisk();
    const storage = openOn(disk);
    appendTo(storage, 20_000);
    await storage.close();
    disk.remove(`${FOLDER}/0000000002.log`);
    expect(codeOf(() => openOn(disk))).toBe('STORAGE_DAMAGED');
    disk.open(`${FOLDER}/0000000002.log`);
    expect(codeOf(() => openOn(disk))).toBe('STORAGE_DAMAGED');
    disk.replace(`${FOLDER}/head`, Uint8Array.of(1, 2, 3));
    expect(codeOf(() => openOn(disk))).toBe('STORAGE_DAMAGED');
  });

  it('refuses a folder that lost the bytes at its start', async () => {
    const disk = newDisk();
    const storage = openOn(disk);
    appendTo(storage, 9000);
    storage.dropBefore(9000);
    await storage.close();
    disk.remove(`${FOLDER}/0000000002.log`);
    expect(codeOf(() => openOn(disk))).toBe('STORAGE_DAMAGED');
  });
});

/** One storage's life; everything it was told is durable is noted. */
async function live(
  storage: FileStorage,
  random: SeededRandom,
  durable: { size: number; start: number },
): Promise<void> {
  for (let step = 0; step < 12; step++) {
    appendTo(storage, random.below(2500));
    const size = storage.size;
    if (random.below(5) === 0)
      storage.dropBefore(storage.start + random.below(size - storage.start));
    const start = storage.start;
    await storage.flush();
    durable.size = size;
    durable.start = start;
  }
}

describe('file storage after a loss of power', () => {
  it('has every byte that was flushed, whatever operation was interrupted', async () => {
    const quiet = new SimulatedDisk({ random: seededRandom(0) });
    await live(openOn(quiet), seededRandom(7), { size: 0, start: 0 });
    for (let operation = 1; operation <= quiet.operations; operation++) {
      for (let seed = 0; seed < 6; seed++) {
        const disk = new SimulatedDisk({ random: seededRandom(seed), powerLostAt: operation });
        const durable = { size: 0, start: 0 };
        await codeOfAsync(async () => {
          const storage = await codeOfPower(() => openOn(disk));
          if (storage !== undefined) await live(storage, seededRandom(7), durable);
        });
        const found = openOn(disk.afterPowerLoss());
        expect(found.size).toBeGreaterThanOrEqual(durable.size);
        expect(found.start).toBeGreaterThanOrEqual(durable.start);
        checkAll(found, found.start, Math.max(found.start, durable.size));
      }
    }
  });
});

/** The storage, or undefined where the power went while it was opened. */
async function codeOfPower(open: () => FileStorage): Promise<FileStorage | undefined> {
  try {
    return open();
  } catch (error) {
    expect((error as Error).name).toBe('PowerLost');
    return undefined;
  }
}
