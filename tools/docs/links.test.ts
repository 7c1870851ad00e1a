import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WALK_STEPS } from '../../packages/sandbox/walk/run-walk.ts';
import { REPOSITORY } from '../repository.ts';
import { loadPages, type Page, parsePage } from './markdown.ts';

const pages = loadPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

/** Files of the message that CONTRIBUTING.md makes up. */
const MADE_UP = /rename-organisation|commands\/org\/rename\.ts/;
/** A path with a place for the reader to fill in, or several paths at once. */
const PATTERN = /[<>*{}…]/;
const FILE = /^[\w.-]+(\/[\w.-]+)+\.(ts|mjs|md|json|sh|svg)$/;
const FOLDER = /^(packages|tools|docs|vectors|bench|examples)(\/[\w.-]+)+\/?$/;

/** Where a path that a page names may begin: at the root, beside the page, or among packages. */
function isThere(path: string, page: string): boolean {
  const folder = dirname(page);
  const own = /^packages\/[^/]+/.exec(page)?.[0];
  const roots = ['', folder, 'packages', ...(own === undefined ? [] : [own])];
  return roots.some((root) => existsSync(join(REPOSITORY, root, path)));
}

function missingLinks({ path, links, anchors }: Page): string[] {
  const missing = links.filter(({ text }) => {
    if (/^(https?|mailto):/.test(text)) return false;
    const [target, anchor] = text.split('#') as [string, string | undefined];
    const file = target === '' ? path : join(dirname(path), target);
    if (!existsSync(join(REPOSITORY, file))) return true;
    const known = target === '' ? anchors : byPath.get(file)?.anchors;
    return anchor !== undefined && known?.has(anchor) !== true;
  });
  return missing.map(({ text, line }) => `${path}:${line} ${text}`);
}

function missingPaths({ path, inlineCode }: Page): string[] {
  return inlineCode
    .map(({ text, line }) => ({ text: text.replace(/^\.\//, '').replace(/:\d+$/, ''), line }))
    .filter(({ text }) => (FILE.test(text) || FOLDER.test(text)) && !PATTERN.test(text))
    .filter(({ text }) => !MADE_UP.test(text) && !text.startsWith('../'))
    .filter(({ text }) => !isThere(text, path))
    .map(({ text, line }) => `${path}:${line} ${text}`);
}

describe('documents', () => {
  it('link to files and headings that there are', () => {
    expect(pages.length).toBeGreaterThan(8);
    expect(pages.flatMap(missingLinks)).toEqual([]);
  });

  it('name files that there are', () => {
    expect(pages.flatMap(missingPaths)).toEqual([]);
  });
});

describe('README.md', () => {
  it('lists every package', () => {
    const links = byPath.get('README.md')!.links.map(({ text }) => text);
    const packages = readdirSync(join(REPOSITORY, 'packages'));
    expect(packages.filter((name) => !links.includes(`packages/${name}`))).toEqual([]);
  });

  it('shows a walk of the steps that there are now', () => {
    const picture = readFileSync(join(REPOSITORY, 'docs', 'walk.svg'), 'utf8');
    const told = 'run tools/docs/walk-picture.ts';
    const missing = WALK_STEPS.map(({ title }) => title).filter((t) => !picture.includes(`>${t}<`));
    expect(missing, told).toEqual([]);
    expect(picture, told).toContain(`All ${WALK_STEPS.length} steps held`);
  });
});

describe('looking for links', () => {
  it('finds them outside code, with headings as code hosts name them', () => {
    const text = '## One (`a/b.ts`), two!\n[x](y.md#z) `[n](o.md)`\n```sh\n[p](q.md)\n```\n';
    const page = parsePage('page.md', text);
    expect(page.links).toEqual([{ text: 'y.md#z', line: 2 }]);
    expect([...page.anchors]).toEqual(['one-abts-two']);
  });

  it('tells a heading, file or path that is not there', () => {
    const page = parsePage(
      'docs/page.md',
      '[a](nothing.md) [b](protocol.md#nothing) `tools/no.ts`',
    );
    expect(missingLinks(page)).toEqual([
      'docs/page.md:1 nothing.md',
      'docs/page.md:1 protocol.md#nothing',
    ]);
    expect(missingPaths(page)).toEqual(['docs/page.md:1 tools/no.ts']);
  });
});
