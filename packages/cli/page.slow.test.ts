import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordsOf } from '@ward/testkit/command-stage';
import { writeSampleInputs } from '@ward/testkit/sample-inputs';
import { freePort, type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-readme-'));
const servers: RunningWard[] = [];
afterAll(async () => {
  for (const server of servers.reverse()) await server.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const lines = page.split('\n').filter((line) => line.startsWith('ward --home '));

/** The page's ports and names, as they are in the folder of this test. */
async function adapted(): Promise<string[]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  mkdirSync(join(folder, 'scans'));
  writeSampleInputs(folder);
  return lines.map((line) => {
    const moved = line.replaceAll(/(?<=127\.0\.0\.1:)808([012])/g, (_, i) => `${ports[Number(i)]}`);
    const named = moved.replace('node init', `node init --origin http://127.0.0.1:${ports[0]}`);
    return named
      .replaceAll(/(clinic\/network\.json|history\.json)/g, (name) => join(folder, name))
      .replace('scans/', join(folder, 'folder'))
      .replace(/--home (\w+)/, (_, name) => `--home ${join(folder, name)}`);
  });
}

describe('the commands of README.md', () => {
  it('found a clinic and serve a patient, one after the other', { timeout: 120_000 }, async () => {
    expect(lines.length).toBeGreaterThan(10);
    for (const line of await adapted()) {
      const argv = wordsOf(line).slice(1);
      if (argv.includes('start')) {
        const server = startWard([...argv, '--ops-listen', '127.0.0.1:0']);
        servers.push(server);
        await server.said(/listens on/);
      } else {
        const { exitCode, errors } = await runWardProcess(argv);
        expect(`${line}: ${exitCode} ${errors}`).toBe(`${line}: 0 `);
      }
    }
  });
});
