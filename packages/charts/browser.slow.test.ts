import { readFileSync } from 'node:fs';
import '@ward/testkit/browser-chart-vectors';
import { CHART_CHECKS } from '@ward/testkit/chart-vectors';
import { bundleForBrowser, isWithoutChromium, withPage } from '@ward/testkit/chromium';
import { describe, expect, it } from 'vitest';

const names = Object.keys(CHART_CHECKS);

function loadVectors(): { [file: string]: unknown } {
  const folder = new URL('../../vectors/charts/', import.meta.url);
  const load = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  return Object.fromEntries(names.map((name) => [name, load(name)]));
}

describe.skipIf(isWithoutChromium)('charts in Chromium', () => {
  it('hold every vector, without anything of Node', async () => {
    const entry = new URL(import.meta.resolve('@ward/testkit/browser-chart-vectors'));
    const script = await bundleForBrowser(entry);
    expect(script).not.toMatch(/from ["']node:|require\(["']node:|sodium-native/);
    const vectors = loadVectors();
    const verdicts = await withPage(script, (page) =>
      page.evaluate((files) => globalThis.checkChartVectors(files as never), vectors),
    );
    expect(verdicts).toEqual(Object.fromEntries(names.map((name) => [name, null])));
  });
});
