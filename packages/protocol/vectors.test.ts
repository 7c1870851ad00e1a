import { readdirSync, readFileSync } from 'node:fs';
import { PROTOCOL_CHECKS } from '@ward/testkit/protocol-vectors';
import { describe, expect, it } from 'vitest';
import { loadCrypto as loadBrowserCrypto } from './adapters/browser.ts';
import { loadCrypto } from './adapters/node.ts';

const folder = new URL('../../vectors/protocol/', import.meta.url);
const adapters = [
  { name: 'Node', crypto: await loadCrypto() },
  { name: 'browsers', crypto: await loadBrowserCrypto() },
];

describe.each(adapters)('with the adapter for $name', ({ crypto }) => {
  it.each(Object.entries(PROTOCOL_CHECKS))('holds every vector of %s', async (name, check) => {
    const content = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
    await check(content as never, crypto);
  });
});

describe('the vectors', () => {
  it('are all checked', () => {
    const files = readdirSync(folder).map((file) => file.replace('.json', ''));
    expect(files.sort()).toEqual(Object.keys(PROTOCOL_CHECKS).sort());
  });

  it('of signatures have cases of every verdict that there can be', () => {
    const { cases } = JSON.parse(readFileSync(new URL('signatures.json', folder), 'utf8')) as {
      cases: { transaction: boolean; vote: boolean }[];
    };
    const count = (transaction: boolean, vote: boolean) =>
      cases.filter((one) => one.transaction === transaction && one.vote === vote).length;
    expect(count(true, true)).toBeGreaterThan(66);
    expect(count(false, true)).toBeGreaterThan(200);
    expect(count(false, false)).toBeGreaterThan(15);
    expect(count(true, false)).toBe(0);
  });
});
