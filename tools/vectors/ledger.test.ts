import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { ledgerVectors } from './ledger.ts';
import { vectorText } from './vector-file.ts';

const files = await ledgerVectors();

describe('vectors/ledger', () => {
  it.each(files.map((file) => [file.path, file] as const))('is made again as %s', (path, file) => {
    const saved = readFileSync(join(REPOSITORY, 'vectors', path), 'utf8');
    expect(vectorText(file) === saved, 'run tools/vectors/ledger.ts and look at the change').toBe(
      true,
    );
  });

  it('has no file that nothing makes', () => {
    const saved = readdirSync(join(REPOSITORY, 'vectors', 'ledger'));
    expect(saved.sort()).toEqual(files.map(({ path }) => path.slice('ledger/'.length)).sort());
  });
});
