import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoster } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { VaultHomes } from '@ward/testkit/vault-homes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let homes: VaultHomes;

beforeAll(async () => {
  homes = await VaultHomes.start(await loadCrypto());
});
afterAll(() => homes.close());

describe('a vault whose index is lost', () => {
  it.each<[string, (index: string) => void]>([
    ['gone', (index) => rmSync(index)],
    ['emptied', (index) => writeFileSync(index, '')],
  ])('does not start as a new one would, and keeps its blobs: %s', async (_, lose) => {
    const vault = await homes.openOnDisk();
    const chart = await homes.publishedChart(vault);
    const bytes = makeRoster([], chart.random);
    const sign = homes.stage.asOwner(chart, vault.id);
    await vault.put(chart.chart, [{ kind: 'object', bytes }], sign);
    await vault.close();
    const home = vault.options.home!;
    const blobs = () =>
      readdirSync(join(home, 'blobs'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);
    const kept = blobs();
    expect(kept).not.toEqual([]);
    lose(join(home, 'index.db'));
    expect(await codeOfAsync(() => vault.restart())).toBe('HOME_INVALID');
    expect(blobs()).toEqual(kept);
  });
});
