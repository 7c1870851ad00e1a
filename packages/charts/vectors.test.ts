import { readdirSync, readFileSync } from 'node:fs';
import { loadCrypto } from '@ward/protocol/crypto';
import { CHART_CHECKS } from '@ward/testkit/chart-vectors';
import { describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const folder = new URL('../../vectors/charts/', import.meta.url);
const load = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

describe('the vectors of charts', () => {
  it.each(Object.entries(CHART_CHECKS))('hold in %s, by the file alone', async (name, check) => {
    await check(load(name) as never, crypto);
  });

  it('are all checked', () => {
    const files = readdirSync(folder).map((file) => file.replace('.json', ''));
    expect(files.sort()).toEqual(Object.keys(CHART_CHECKS).sort());
  });

  it('are refused when anything in them is altered', async () => {
    const keys = load('keys') as { charts: { ck: string }[] };
    keys.charts[1]!.ck = keys.charts[0]!.ck;
    const { release, decide } = { release: load('release'), decide: load('decide') };
    release.answers.refused[0] = { name: 'good', ...release.answers.accepted[0] };
    decide.cases[0].clock += 86_400 * 365;
    for (const [name, file] of Object.entries({ keys, release, decide })) {
      await expect((async () => CHART_CHECKS[name]!(file as never, crypto))()).rejects.toThrow();
    }
  });
});
