import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type CommandGroup, PROGRAM } from '@ward/cli';
import { errorCatalogue, WardError } from '@ward/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { cliDocument } from './cli.ts';
import { parsePage } from './markdown.ts';
import { loadProduct } from './product.ts';
import { WHOLE_DOCUMENTS } from './whole-documents.ts';

beforeAll(loadProduct);

function pathsOf(branch: Command | CommandGroup, before = ''): string[] {
  const path = `${before}${branch.name}`;
  if (!('commands' in branch)) return [path];
  return branch.commands.flatMap((each) => pathsOf(each, `${path} `));
}

/** They print no document of ours: scripts, tables of others, or nothing until a server ends. */
const SILENT = [
  ...['bench', 'completion', 'sandbox'],
  ...['custodian start', 'node start', 'vault start', 'witness start'],
];
const PATHS = PROGRAM.entries.flatMap((entry) => pathsOf(entry));

describe('documents that are made from the code', () => {
  it.each(Object.keys(WHOLE_DOCUMENTS))('are what npm run docs writes: %s', (path) => {
    const written = readFileSync(join(REPOSITORY, path), 'utf8');
    expect(written === WHOLE_DOCUMENTS[path]!(), `${path} is old: npm run docs`).toBe(true);
  });

  it('have a place for every code, and its link leads there', () => {
    const path = 'docs/errors.md';
    const { anchors } = parsePage(path, readFileSync(join(REPOSITORY, path), 'utf8'));
    for (const [code, kind] of errorCatalogue()) {
      const [page, anchor] = new WardError(code, kind, {}).docs.split('#');
      expect(page).toBe(path);
      expect(anchors.has(anchor!), code).toBe(true);
    }
  });

  it('have a place for every command, and the shape of what it prints for programs', () => {
    const document = cliDocument();
    const silent = new Set(SILENT);
    const lacking = PATHS.filter((path) => {
      const part = document.split(`### ward ${path}\n`)[1]?.split('\n##')[0] ?? '';
      return part === '' || !(silent.has(path) || part.includes('With `--output json`'));
    });
    expect(lacking).toEqual([]);
  });
});
