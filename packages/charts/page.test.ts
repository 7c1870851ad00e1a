import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const page = readFileSync(`${folder}/README.md`, 'utf8');

describe('the page on charts', () => {
  it('has an example that runs as it stands', () => {
    const [, code] = /```ts\n([\s\S]+?)```/.exec(page)!;
    const flags = ['--input-type=module-typescript', '--eval', code!];
    const told = execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8' });
    expect(told).toBe('{"resourceType":"Observation"} true\n');
  });

  it('leads to every folder, and each to its files', () => {
    const folders = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['dist', 'node_modules'].includes(entry.name))
      .map(({ name }) => name);
    for (const name of folders) expect(page).toContain(`${name}/`);
    for (const [, path] of page.matchAll(/\]\(([a-z]+)\/README\.md\)/g)) {
      const text = readFileSync(`${folder}/${path}/README.md`, 'utf8');
      const sources = readdirSync(`${folder}/${path}`).filter(
        (name) => name.endsWith('.ts') && !name.includes('.test.') && name !== 'errors.ts',
      );
      for (const name of sources) expect(text, `${path}/README.md`).toContain(`\`${name}\``);
    }
  });
});
