import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, describe, expect, it } from 'vitest';
import { endStateSync, loadStateSync, saveStateSync } from './state-sync.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-state-sync-'));
  folders.push(folder);
  return folder;
}

const sync = {
  height: 7,
  hash: new Uint8Array(32).fill(9),
  trustSeconds: 86_400,
  servers: ['http://127.0.0.2:26657', 'http://127.0.0.3:26657'],
};

describe('what a node begins with in the place of all blocks', () => {
  it('stands in its home until it has a block', async () => {
    const home = newHome();
    expect(await loadStateSync(home)).toBeUndefined();
    await saveStateSync(home, sync);
    expect(await loadStateSync(home)).toEqual(sync);
    endStateSync(home);
    endStateSync(home);
    expect(await loadStateSync(home)).toBeUndefined();
  });

  it('is no other than two who have to agree, and nothing damaged', async () => {
    const home = newHome();
    await saveStateSync(home, { ...sync, servers: sync.servers.slice(0, 1) });
    expect(await codeOfAsync(() => loadStateSync(home))).toBe('HOME_INVALID');
    writeFileSync(join(home, 'state-sync.json'), '{"height":7}');
    expect(await codeOfAsync(() => loadStateSync(home))).toBe('HOME_INVALID');
  });
});
