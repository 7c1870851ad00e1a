import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineWal } from './engine-wal.ts';

let home: string;
let folder: string;
let wal: EngineWal;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-wal-'));
  folder = join(home, 'data', 'cs.wal');
  wal = new EngineWal(home);
});
afterEach(() => rmSync(home, { recursive: true }));

function write(...names: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), 'messages');
}

function left(): string[] {
  return readdirSync(folder).sort();
}

describe("CometBFT's write-ahead log", () => {
  it('loses a full part once a hundred blocks are durable since it was seen', () => {
    write('wal', 'wal.000', 'wal.1000');
    wal.committed(5000);
    wal.committed(5099);
    expect(left()).toEqual(['wal', 'wal.000', 'wal.1000']);
    wal.committed(5100);
    expect(left()).toEqual(['wal']);
  });

  it('keeps a part that became full since, until it is its turn', () => {
    write('wal', 'wal.007');
    wal.committed(100);
    write('wal.008');
    wal.committed(200);
    expect(left()).toEqual(['wal', 'wal.008']);
    wal.committed(299);
    expect(left()).toEqual(['wal', 'wal.008']);
    wal.committed(300);
    expect(left()).toEqual(['wal']);
  });

  it('keeps everything while there are no blocks, and what is not its own', () => {
    write('wal', 'wal.000', 'wal.1', 'other.000', 'wal.CORRUPTED');
    wal.committed(100);
    for (let i = 0; i < 3; i++) wal.committed(100);
    expect(left()).toHaveLength(5);
    wal.committed(200);
    expect(left()).toEqual(['other.000', 'wal', 'wal.1', 'wal.CORRUPTED']);
  });

  it('may not be there yet', () => {
    wal.committed(100);
    wal.committed(200);
  });
});
