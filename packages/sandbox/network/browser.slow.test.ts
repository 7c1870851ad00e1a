import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkFile } from '@ward/ledger/schema';
import { parseHex, toHex } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { createWard, memoryEventStore } from '@ward/sdk';
import { listStaffKeys, loadHomeKey, openFileEventStore } from '@ward/sdk/node';
import type { BrowserJourney, BrowserReport } from '@ward/testkit/browser-journey';
import { bundleForBrowser, isWithoutChromium, withPage } from '@ward/testkit/chromium';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from './network.ts';
import type { OrganisationName } from './organisations.ts';
import { startNetwork } from './start-network.ts';

const home = mkdtempSync(join(tmpdir(), 'ward-browser-'));
const crypto = await loadCrypto();
let network: Network;
let script: string;
let report: BrowserReport;

/** The key service of an organisation as a page takes it. */
async function keysOf(name: OrganisationName): Promise<BrowserJourney['hospitalA']> {
  const keys = join(home, name, 'keys');
  const options = { path: join(keys, 'key-service.events'), crypto, random: systemRandom };
  const store = await openFileEventStore({ ...options, key: loadHomeKey(keys, systemRandom) });
  const events = (await store.load()).map((event) => toHex(event));
  return { id: toHex(network.organisation(name).id), events };
}

async function journey(): Promise<BrowserJourney> {
  const idOf = (name: string) => toHex(network.organisation(name).id);
  const [staff] = listStaffKeys(join(home, 'hospital-b'));
  return {
    networkFile: NetworkFile.toJson(network.networkFile),
    hospitalA: await keysOf('hospital-a'),
    hospitalB: await keysOf('hospital-b'),
    vaults: network.vaults.map(({ organisation }) => idOf(organisation)),
    custodians: network.custodians.map(({ organisation }) => idOf(organisation)),
    staff: { name: staff!.name, role: staff!.role, seed: toHex(staff!.seed) },
  };
}

describe.skipIf(isWithoutChromium)('the sdk in Chromium', () => {
  beforeAll(async () => {
    script = await bundleForBrowser(new URL(import.meta.resolve('@ward/testkit/browser-journey')));
    network = await startNetwork({ home });
    const given = await journey();
    report = await withPage(script, (page) =>
      page.evaluate((all) => globalThis.walkInBrowser(all as never), given as object),
    );
  });
  afterAll(async () => {
    await network?.close();
    rmSync(home, { recursive: true });
  });

  it('bundles without anything of Node', () => {
    expect(script).not.toMatch(/from ["']node:|require\(["']node:|sodium-native/);
  });

  it('finds what a hospital wrote, verified, and opens it', () => {
    expect(report.found).toEqual(['encounter', 'encounter']);
    expect(report.opened).toEqual(['a visit (synthetic)']);
  });

  it('grants, and opens by three custodians over HTTP', () => {
    expect(report.released).toEqual(['another visit (synthetic)']);
    expect(report.receipts).toBe(3);
  });

  it('shows who looked, and revokes', () => {
    const [staff] = network.organisation('hospital-b').staff;
    expect(report.looked).toEqual([staff!.name]);
    expect(report.refused).toBe('GRANT_REVOKED');
  });

  it('verifies the whole chain', () => {
    expect(report.blocks).toBeGreaterThan(5);
  });

  it('keeps a wallet that Node opens, with the same log', async () => {
    const wallet = memoryEventStore();
    await wallet.append(report.wallet.map((event) => parseHex(event)));
    const { networkFile } = network;
    const person = await createWard({ networkFile, transport: httpTransport, wallet, crypto });
    const { openings } = await person.access.log('general');
    expect(openings.map(({ isUnexplained }) => isUnexplained)).toEqual([false]);
    expect(await person.records.list('general')).toHaveLength(2);
  });
});
