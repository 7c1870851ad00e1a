import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART_CHECKS } from '@ward/testkit/chart-vectors';
import { describe, expect, it } from 'vitest';
import { loadCrypto } from '../../packages/protocol/adapters/browser.ts';
import { REPOSITORY } from '../repository.ts';
import { chartVectors } from './charts.ts';
import { vectorText } from './vector-file.ts';

const files = await chartVectors();
const browserCrypto = await loadCrypto();

describe('vectors/charts', () => {
  it.each(files.map((file) => [file.path, file] as const))('is made again as %s', (path, file) => {
    const saved = readFileSync(join(REPOSITORY, 'vectors', path), 'utf8');
    expect(vectorText(file) === saved, 'run tools/vectors/charts.ts and look at the change').toBe(
      true,
    );
  });

  it('has no file that nothing makes', () => {
    const saved = readdirSync(join(REPOSITORY, 'vectors', 'charts'));
    expect(saved.sort()).toEqual(files.map(({ path }) => path.slice('charts/'.length)).sort());
  });

  it.each(Object.entries(CHART_CHECKS))('hold for browsers in %s', async (name, check) => {
    const file = files.find(({ path }) => path === `charts/${name}.json`);
    await check(file!.content as never, browserCrypto);
  });
});
