import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpointCatalogue, TAGS } from '@ward/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { cddlOf } from './cddl.ts';
import { documentedGroups, documentedRules } from './formats.ts';
import { GENERATED_DOCUMENTS, generateParts } from './generated.ts';
import { loadProduct } from './product.ts';

/** A machine may have much else to do. */
const LOAD_MS_MAX = 120_000;
const document = readFileSync(join(REPOSITORY, 'docs', 'protocol.md'), 'utf8');

/** Lines that stand in one version of the document only, so that a difference can be read. */
function differences(one: string, other: string): string[] {
  const known = new Set(other.split('\n'));
  return one.split('\n').filter((line) => !known.has(line));
}

beforeAll(loadProduct, LOAD_MS_MAX);

describe('documents with generated parts', () => {
  it.each(GENERATED_DOCUMENTS)('%s has what the code has, and vectors that decode', (path) => {
    const saved = readFileSync(join(REPOSITORY, path), 'utf8');
    const made = generateParts(saved);
    const told = 'run `npm run docs` and look at the change';
    expect(differences(made, saved), told).toEqual([]);
    expect(made === saved, told).toBe(true);
  });
});

describe('docs/protocol.md', () => {
  it('names every format once', () => {
    const groups = documentedGroups();
    const missing = [...documentedRules().values()].filter((rule) => {
      const [head] = cddlOf(rule, groups, () => undefined).split('\n');
      return document.split('\n').filter((line) => line === head).length !== 1;
    });
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('says of every tag what is made under it', () => {
    const rows = document.split('\n').filter((line) => line.startsWith('| `'));
    const told = new Set(
      rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, tag]) => tag)),
    );
    expect(TAGS.filter((tag) => !told.has(tag))).toEqual([]);
  });

  it('lists every endpoint', () => {
    const names = [...endpointCatalogue().keys()];
    expect(names.filter((name) => !document.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('points at every file of vectors', () => {
    const folder = join(REPOSITORY, 'vectors');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const vectors = files.filter((file) => file.endsWith('.json'));
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(vectors.length).toBeGreaterThan(10);
    expect(vectors.filter((file) => !document.includes(`vectors/${file}`))).toEqual([]);
    expect(vectors.filter((file) => !readme.includes(`\`${file}\``))).toEqual([]);
  });
});
