import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@ward/protocol';
import { wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { runWardProcess } from '@ward/testkit/ward-process';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-backups-'));
const clinic = join(folder, 'clinic');
const again = join(folder, 'again');
const file = join(folder, 'node.age');
const passphrase = join(folder, 'passphrase');
writeFileSync(passphrase, 'for a test alone\n');
const shapes = new GoldenShapes();

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a line over a home, for its exit status and JSON. */
async function run(home: string, line: string) {
  const argv = ['--home', home, '--output', 'json', ...wordsOf(line)];
  const { exitCode, output } = await runWardProcess(argv);
  const json = JSON.parse(output || 'null') as Json;
  // Of what founds a network others keep the shape.
  if (exitCode === 0 && !line.startsWith('node init')) shapes.keep(wordsOf(line), json, 'operator');
  return { exitCode, json };
}

const done = (json: object) => ({ exitCode: 0, json: expect.objectContaining(json) });
const refused = (code: string) => ({
  exitCode: 1,
  json: { error: expect.objectContaining({ code }) },
});

describe('the node of a clinic, by commands alone', { timeout: 600_000 }, () => {
  it('is written into one file, which is tried and makes it again', async () => {
    expect((await run(clinic, 'node init --name Clinic --role provider')).exitCode).toBe(0);
    const backup = `node backup --to ${file} --passphrase-file ${passphrase}`;
    expect(await run(clinic, backup)).toMatchObject(done({ file }));
    expect(await run(clinic, backup)).toMatchObject(refused('BACKUP_TAKEN'));
    const rehearse = `node rehearse ${file} --passphrase-file ${passphrase}`;
    expect(await run(clinic, rehearse)).toMatchObject(done({ height: 0, proved: null }));
    const restore = `node restore ${file} --passphrase-file ${passphrase}`;
    expect(await run(again, restore)).toMatchObject(done({ height: 0 }));
    expect(await run(again, restore)).toMatchObject(refused('HOME_TAKEN'));
    const missing = `node restore ${file}x --passphrase-file ${passphrase}`;
    expect(await run(join(folder, 'third'), missing)).toMatchObject(refused('FILE_NOT_FOUND'));
    expect(existsSync(join(folder, 'third', 'node'))).toBe(false);
  });

  it('is taken over only when its operator answers for it', async () => {
    expect(await run(again, 'node take-over --seen 0')).toMatchObject({ exitCode: 2 });
    const behind = 'node take-over --seen 3 --yes';
    expect(await run(again, behind)).toMatchObject(refused('RESTORED_BEHIND'));
    const takeOver = 'node take-over --seen 0 --yes';
    expect(await run(again, takeOver)).toMatchObject(done({ silentUpTo: 0 }));
    expect(await run(again, takeOver)).toMatchObject(refused('NODE_NOT_RESTORED'));
    expect(await run(again, 'node snapshots')).toMatchObject(done({ snapshots: [] }));
  });

  it('says in its JSON what scripts may rely on', async () => {
    await expect(shapes.text).toMatchFileSnapshot('../shapes/backup.txt');
  });
});
