import { readdirSync, readFileSync } from 'node:fs';
import { exampleOutput, pageOf } from '@ward/testkit/package-page';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const page = pageOf(folder);

describe('the page on charts', () => {
  it('has an example that runs as it stands', () => {
    expect(exampleOutput(folder)).toBe('{"resourceType":"Observation"} true\n');
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
