import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const page = readFileSync(pathOf('README.md'), 'utf8');

describe('the page of the package', () => {
  it('has its quick start from the program that is run, line by line in order', () => {
    const program = readFileSync(pathOf('../../examples/quick-start.ts'), 'utf8').split('\n');
    const lines = program.map((line) => line.trim());
    const block = /```ts\n([\s\S]*?)```/.exec(page)![1]!;
    let at = 0;
    for (const line of block.split('\n').map((each) => each.trim())) {
      if (line === '') continue;
      const found = lines.indexOf(line, at);
      expect(found, line).toBeGreaterThanOrEqual(at);
      at = found + 1;
    }
  });

  it('maps every folder, and none that is not there', () => {
    const folders = readdirSync(pathOf('.')).filter(
      (name) => statSync(pathOf(name)).isDirectory() && !['dist', 'node_modules'].includes(name),
    );
    const mapped = [...page.matchAll(/^\| `([a-z-]+)\/` \|/gm)].map(([, name]) => name!);
    expect(mapped.toSorted()).toEqual(folders.toSorted());
  });

  it('names files that exist', () => {
    const named = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, name]) => name!);
    named.push(...[...page.matchAll(/`([a-z.-]+\.ts)`/g)].map(([, name]) => name!));
    expect(named.filter((name) => !existsSync(pathOf(name)))).toEqual([]);
  });
});
