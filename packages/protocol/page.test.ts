import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const page = readFileSync(`${folder}/README.md`, 'utf8');

describe('the page on this package', () => {
  it('has an example that runs as it stands', { timeout: 120_000 }, () => {
    const [, code] = /```ts\n([\s\S]+?)```/.exec(page)!;
    const flags = ['--input-type=module-typescript', '--eval', code!];
    const told = execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8' });
    expect(told).toBe('true example-1\n');
  });

  it('leads to every folder, and names files that there are', () => {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && entry.parentPath === folder)
      .map(({ name }) => name)
      .filter((name) => !['dist', 'node_modules'].includes(name));
    for (const name of folders) expect(page).toContain(`\`${name}/\``);
    const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    for (const row of rows) {
      const [file] = /[a-z-]+\.ts(?=` \|$)/.exec(row) ?? [];
      expect(files, row).toContain(file);
    }
  });
});
