import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@ward/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFull } from './disk.ts';
import { nodeDisk } from './node-disk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const OWNER_ONLY = 0o077;
const modeOf = (path: string) => statSync(path).mode & OWNER_ONLY;

describe('the disk of this machine', () => {
  it('makes folders, for their owner alone, and lists what is in them', () => {
    const path = join(folder, 'a', 'b');
    expect(nodeDisk.list(path)).toEqual([]);
    if (process.platform !== 'win32') expect(modeOf(path)).toBe(0);
    writeFileSync(join(path, 'file'), '');
    expect(nodeDisk.list(path)).toEqual(['file']);
  });

  it('replaces a small file whole, and leaves nothing beside it', () => {
    const path = join(folder, 'small');
    expect(nodeDisk.load(path)).toBeUndefined();
    nodeDisk.replace(path, Uint8Array.of(1, 2, 3));
    nodeDisk.replace(path, Uint8Array.of(4));
    expect(nodeDisk.load(path)).toEqual(Uint8Array.of(4));
    expect(readdirSync(folder)).toEqual(['small']);
    if (process.platform !== 'win32') expect(modeOf(path)).toBe(0);
  });

  it('takes over what a crash left half replaced', () => {
    const path = join(folder, 'small');
    nodeDisk.replace(path, Uint8Array.of(1));
    writeFileSync(`${path}.new`, 'torn');
    expect(nodeDisk.load(path)).toEqual(Uint8Array.of(1));
    nodeDisk.replace(path, Uint8Array.of(2));
    expect(nodeDisk.load(path)).toEqual(Uint8Array.of(2));
    expect(readdirSync(folder)).toEqual(['small']);
  });

  it('removes files, and says so where there is none', () => {
    const path = join(folder, 'gone');
    nodeDisk.replace(path, Uint8Array.of(1));
    nodeDisk.remove(path);
    expect(nodeDisk.load(path)).toBeUndefined();
    expect(() => nodeDisk.remove(path)).toThrow('ENOENT');
    expect(() => nodeDisk.syncFolder(folder)).not.toThrow();
  });

  it('is said to be full where the system says so, and for no other error', () => {
    const errors = ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES'].map((code) =>
      Object.assign(new Error(code), { code }),
    );
    expect(errors.map(isFull)).toEqual([true, true, false, false]);
    expect(isFull(new Error('ENOSPC'))).toBe(false);
  });
});

describe('a file', () => {
  it('is made where there is none, and grows where it is written', async () => {
    const file = nodeDisk.open(join(folder, 'file'));
    expect(file.sizeBytes).toBe(0);
    await file.write([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)], 0);
    await file.write([Uint8Array.of(9)], 1);
    await file.sync();
    file.syncNow();
    const target = new Uint8Array(3);
    file.read(target, 0);
    expect([...target]).toEqual([1, 9, 3]);
    file.truncate(1);
    expect(file.sizeBytes).toBe(1);
    file.close();
    const again = nodeDisk.open(join(folder, 'file'));
    expect(again.sizeBytes).toBe(1);
    again.close();
  });

  it('takes more pieces at once than one system call does', async () => {
    const file = nodeDisk.open(join(folder, 'file'));
    const pieces = Array.from({ length: 5000 }, (_, i) => Uint8Array.of(i, i >> 8));
    await file.write(pieces, 7);
    const all = concatBytes(...pieces);
    const target = new Uint8Array(all.length);
    file.read(target, 7);
    expect(target).toEqual(all);
    expect(file.sizeBytes).toBe(7 + all.length);
    file.close();
  });

  it('has nothing behind its end', async () => {
    const file = nodeDisk.open(join(folder, 'file'));
    await file.write([Uint8Array.of(1, 2, 3)], 0);
    expect(() => file.read(new Uint8Array(2), 2)).toThrow('behind the end');
    expect(() => file.read(new Uint8Array(1), 50)).toThrow('behind the end');
    file.close();
  });
});
