import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterEach, describe, expect, it } from 'vitest';
import { alterStoredBytes, hasStoredBytes, wipeStoredBytes } from './stored-bytes.ts';

const MEBIBYTE = 1024 * 1024;
const random = seededRandom(9);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with the object at the given places of one file, and a file with none of it. */
function makeFolder(object: Uint8Array, places: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-stored-'));
  folders.push(folder);
  mkdirSync(join(folder, 'packs'));
  const pack = Buffer.alloc(9 * MEBIBYTE, 3);
  for (const place of places) pack.set(object, place);
  writeFileSync(join(folder, 'packs', 'one'), pack);
  writeFileSync(join(folder, 'other'), random.bytes(100));
  return folder;
}

describe('somebody with root', () => {
  it('finds every copy of an object, also where chunks of the search meet', () => {
    const bytes = random.bytes(1000);
    const folder = makeFolder(bytes, [0, 4 * MEBIBYTE - 500, 8 * MEBIBYTE]);
    expect(alterStoredBytes({ folder, bytes })).toBe(3);
    expect(hasStoredBytes({ folder, bytes })).toBe(false);
    const altered = bytes.with(500, bytes[500]! ^ 1);
    expect(hasStoredBytes({ folder, bytes: altered })).toBe(true);
  });

  it('leaves everything else as it is', () => {
    const bytes = random.bytes(64);
    const folder = makeFolder(bytes, [12_345]);
    const before = readFileSync(join(folder, 'packs', 'one'));
    expect(wipeStoredBytes({ folder, bytes })).toBe(1);
    before.fill(0, 12_345, 12_345 + 64);
    expect(readFileSync(join(folder, 'packs', 'one')).equals(before)).toBe(true);
  });

  it('does not touch what is not there', () => {
    const folder = makeFolder(random.bytes(64), [7]);
    expect(wipeStoredBytes({ folder, bytes: random.bytes(64) })).toBe(0);
    expect(() => hasStoredBytes({ folder, bytes: random.bytes(31) })).toThrow('too few bytes');
  });
});
