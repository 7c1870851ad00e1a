import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Network, startNetwork } from '@ward/sandbox/network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'ward-examples-'));
const LINES_MAX = 60;
/** Starts its own network, and is run where the packed packages are installed. */
const QUICK_START = 'quick-start.ts';
const SHARED = 'open-sandbox.ts';
let network: Network;

beforeAll(async () => {
  network = await startNetwork({ home });
});
afterAll(async () => {
  await network.close();
  rmSync(home, { recursive: true });
});

async function runExample(name: string): Promise<string> {
  const path = join(import.meta.dirname, name);
  const { stdout } = await run(process.execPath, [path, home]);
  return stdout;
}

const programs = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !name.includes('.test.') && name !== SHARED,
);

describe('the examples', () => {
  it('keep a record of one’s own', async () => {
    const told = await runExample('own-records.ts');
    expect(told).toMatch(/written: unit 0 of epoch 0\nfound: \w+, verified\n/);
    expect(told).toContain('opened: diary.txt: Slept badly');
    expect(told).toMatch(/backed up: \d+ events/);
  });

  it('write into a chart of which one has a card', async () => {
    const told = await runExample('hospital-writes.ts');
    expect(told).toContain('collected: 1 card\nwritten: 1 unit\nwritten again: 0 units');
    expect(told).toContain('by A nurse (synthetic): author, root and slot verified');
  });

  it('grant, open and revoke, then tell who looked', async () => {
    const told = await runExample('grant-and-open.ts');
    expect(told).toContain('opened: An allergy (synthetic)\nreleased by 3 custodians');
    expect(told).toContain('after the revocation: GRANT_REVOKED');
    const looked = await runExample('audit-log.ts');
    expect(looked).toMatch(/"general","Hospital B","[^"]+","TREAT consultation","1 units"/);
    expect(looked).not.toContain('nobody said who');
  });

  it('verify a ledger, and prove what is written while one watches', async () => {
    const watching = runExample('watch-and-verify.ts');
    let isOver = false;
    const ended = watching.finally(() => {
      isOver = true;
    });
    // Whatever moment the watcher begins at: something is written until it has seen something.
    while (!isOver) await runExample('own-records.ts');
    await ended;
    const told = await watching;
    expect(told).toMatch(/verified: \d+ blocks with \d+ transactions/);
    expect(told).toContain('member: Hospital A, provider, active');
    expect(told).toMatch(/proved: a slot of block \d+, at height \d+/);
  });
});

describe('each example', () => {
  it.each(programs.filter((name) => name !== QUICK_START))('%s is short', (name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThan(LINES_MAX);
  });

  it('is told of in the page on the examples', () => {
    const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
    for (const name of programs) expect(page).toContain(`(${name})`);
  });
});
