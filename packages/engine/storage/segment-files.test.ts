import { concatBytes } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DiskFile } from './disk.ts';
import { SegmentFiles } from './segment-files.ts';

const FOLDER = '/segments';
const SIZE = 100;

/** A disk that counts the files that are open. */
class CountingDisk extends SimulatedDisk {
  opened = 0;

  override open(path: string): DiskFile {
    const file = super.open(path);
    this.opened++;
    let isOpen = true;
    const closed = () => {
      if (isOpen) this.opened--;
      isOpen = false;
    };
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      read: (target, position) => file.read(target, position),
      write: (chunks, position) => file.write(chunks, position),
      sync: () => file.sync(),
      syncNow: () => file.syncNow(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close() {
        file.close();
        closed();
      },
    };
  }
}

let disk: CountingDisk;
beforeEach(() => {
  disk = new CountingDisk({ random: seededRandom(1) });
});

const open = (start = 0) => new SegmentFiles({ folder: FOLDER, segmentBytes: SIZE, start }, disk);
const names = () => [...disk.list(FOLDER)].sort();
const nameOf = (segment: number) => `${String(segment).padStart(10, '0')}.log`;

/** Writes bytes that tell their position, from one to another. */
async function fill(segments: SegmentFiles, from: number, to: number): Promise<void> {
  for (let at = from; at < to; ) {
    const end = Math.min(to, (Math.floor(at / SIZE) + 1) * SIZE);
    const bytes = Uint8Array.from({ length: end - at }, (_, i) => at + i);
    await segments.write([bytes.subarray(0, 10), bytes.subarray(10)], at);
    at = end;
  }
}

function read(segments: SegmentFiles, from: number, to: number): number[] {
  const target = new Uint8Array(to - from);
  segments.read(target, from);
  return [...target];
}

const expected = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => (from + i) & 0xff);

describe('segments', () => {
  it('are files of one size, the last one as long as what stands in it', async () => {
    const segments = open();
    expect([segments.size, names()]).toEqual([0, []]);
    await fill(segments, 0, 250);
    expect(names()).toEqual([nameOf(0), nameOf(1), nameOf(2)]);
    expect(segments.size).toBe(250);
    const again = open();
    expect(again.size).toBe(250);
    for (const [from, to] of [
      [0, 250],
      [99, 101],
      [100, 200],
      [50, 50],
      [199, 250],
    ] as const) {
      expect(read(again, from, to)).toEqual(expected(from, to));
    }
  });

  it('are read through a few open files, however many there are', async () => {
    const segments = open();
    await fill(segments, 0, 100 * SIZE);
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 100 * SIZE; at += 130) read(segments, at, Math.min(at + 5, 100 * SIZE));
    }
    expect(disk.opened).toBeLessThanOrEqual(33);
    segments.close();
    expect(disk.opened).toBe(0);
  });

  it('are cut from the last file on, so that no gap is left', async () => {
    for (const size of [250, 249, 201, 200, 199, 100, 99, 1, 0]) {
      disk = new CountingDisk({ random: seededRandom(1) });
      const segments = open();
      await fill(segments, 0, 250);
      segments.truncate(size);
      expect(segments.size).toBe(size);
      expect(open().size).toBe(size);
      await fill(segments, size, 260);
      expect(read(segments, 0, 260)).toEqual(expected(0, 260));
    }
  });

  it('before a position are removed, those that hold any of it are not', async () => {
    const segments = open();
    await fill(segments, 0, 450);
    segments.dropBefore(99);
    expect(names()).toHaveLength(5);
    segments.dropBefore(100);
    expect(names()[0]).toBe(nameOf(1));
    segments.dropBefore(399);
    expect(names()).toEqual([nameOf(3), nameOf(4)]);
    expect(read(segments, 399, 450)).toEqual(expected(399, 450));
    // The file that is written stays, whatever position is named.
    segments.dropBefore(450);
    expect(names()).toEqual([nameOf(4)]);
  });

  it('that a crash left behind a moved start are removed', async () => {
    await fill(open(), 0, 450);
    const segments = open(250);
    expect(names()).toEqual([nameOf(2), nameOf(3), nameOf(4)]);
    expect(segments.size).toBe(450);
  });

  it('are refused with a gap, with a short one, or without their beginning', async () => {
    const damages: ((disk: CountingDisk) => void)[] = [
      (one) => one.remove(`${FOLDER}/${nameOf(1)}`),
      (one) => one.remove(`${FOLDER}/${nameOf(0)}`),
      (one) => one.open(`${FOLDER}/${nameOf(1)}`).truncate(99),
    ];
    for (const damage of damages) {
      disk = new CountingDisk({ random: seededRandom(1) });
      await fill(open(), 0, 250);
      expect(codeOf(() => open())).toBeUndefined();
      damage(disk);
      expect(codeOf(() => open())).toBe('STORAGE_DAMAGED');
    }
    disk = new CountingDisk({ random: seededRandom(1) });
    await fill(open(), 0, 50);
    expect(codeOf(() => open(60))).toBe('STORAGE_DAMAGED');
  });

  it('do not mind files that are none of theirs', async () => {
    await fill(open(), 0, 150);
    for (const name of ['head', 'notes.txt', '1.log', '00000000001.log']) {
      disk.replace(`${FOLDER}/${name}`, Uint8Array.of(1));
    }
    expect(open().size).toBe(150);
    expect(names()).toContain('notes.txt');
  });

  it('are written in one piece after the other, each durable when the call ends', async () => {
    const segments = open();
    await segments.write([Uint8Array.of(1, 2), Uint8Array.of(3)], 0);
    const found = disk.afterPowerLoss();
    const survivor = new SegmentFiles({ folder: FOLDER, segmentBytes: SIZE, start: 0 }, found);
    const target = new Uint8Array(3);
    survivor.read(target, 0);
    expect(concatBytes(target)).toEqual(Uint8Array.of(1, 2, 3));
  });
});
