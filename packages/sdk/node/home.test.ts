import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type HomeOptions,
  homeKind,
  openOrganisation,
  openPerson,
  openReader,
  restorePerson,
  saveNetworkFile,
} from './home.ts';
import { loadStaffKey, saveStaffKey } from './staff-key.ts';

let network: ClientNetwork;
let folder: string;

beforeAll(async () => {
  network = await ClientNetwork.start(await loadCrypto());
});
afterAll(() => network.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ward-home-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function homeOf(name = 'person'): HomeOptions {
  const path = join(folder, name);
  saveNetworkFile(path, network.networkFile);
  const { clock, crypto, random } = network;
  const transport = (origin: string) => network.transport(origin);
  return { path, transport, clock, crypto, random, carrierDelayMsMax: 0 };
}

const CHART = () => ({
  kind: 'general' as const,
  vaults: network.vaults,
  custodians: network.custodians,
  threshold: 3,
});

describe('a home', () => {
  it('is a person’s or an organisation’s, and the same when it is opened again', async () => {
    const home = homeOf();
    expect(homeKind(home.path)).toBeUndefined();
    const { ward, close } = await openPerson(home, 'Person 1 (synthetic)');
    const chart = await ward.charts.create(CHART());
    close();
    expect(homeKind(home.path)).toBe('person');
    const again = await openPerson(home);
    expect(again.ward.keys.state.label).toBe('Person 1 (synthetic)');
    expect((await again.ward.charts.view('general')).chart).toEqual(chart);
    again.close();
    const office = homeOf('office');
    (await openOrganisation(office, 'hospital')).close();
    expect(homeKind(office.path)).toBe('organisation');
  });

  it('is open in one process at a time, but read by any', async () => {
    const home = homeOf();
    const { close } = await openPerson(home);
    expect(await codeOfAsync(() => openPerson(home))).toBe('HOME_LOCKED');
    const reader = await openReader(home);
    expect((await reader.ledger.head()).header.height).toBeGreaterThan(0);
    close();
    (await openPerson(home)).close();
  });

  it('is let go when it cannot be opened', async () => {
    const home = homeOf();
    rmSync(join(home.path, 'network.json'));
    expect(await codeOfAsync(() => openPerson(home))).toBe('NETWORK_FILE_MISSING');
    saveNetworkFile(home.path, network.networkFile);
    (await openPerson(home)).close();
    writeFileSync(join(home.path, 'network.json'), '{"network": ');
    expect(await codeOfAsync(() => openPerson(home))).toBe('FILE_MALFORMED');
  });

  it('believes no older ledger than it saw last', async () => {
    const home = homeOf();
    const first = await openPerson(home);
    await first.ward.charts.create(CHART());
    const { height } = (await first.ward.ledger.head()).header;
    first.close();
    const again = await openPerson(home);
    expect(again.ward.connection.ledger.trusted?.header.height).toBe(height);
    again.close();
  });
});

describe('a home that is restored', () => {
  async function backedUp() {
    const home = homeOf('lost');
    const { ward, close } = await openPerson(home);
    const chart = await ward.charts.create(CHART());
    const content = { network: ward.keys.realm.network, events: [...ward.keys.events] };
    close();
    return { chart, content, home };
  }

  it('is the same wallet on another device', async () => {
    const { chart, content } = await backedUp();
    const { ward, close } = await restorePerson(homeOf('found'), content);
    expect((await ward.charts.view('general')).chart).toEqual(chart);
    expect(ward.keys.chart('general').coldSeeds.size).toBe(1);
    close();
  });

  it('takes what is new to it where the wallet is there already', async () => {
    const { content, home } = await backedUp();
    const { ward, close } = await restorePerson(home, content);
    expect(ward.keys.events).toHaveLength(content.events.length);
    close();
    const partly = { ...content, events: content.events.slice(0, 2) };
    (await restorePerson(homeOf('torn'), partly)).close();
    const whole = await restorePerson(homeOf('torn'), content);
    expect((await whole.ward.charts.view('general')).current.header.version).toBe(0);
    whole.close();
  });

  it('is refused where another wallet is, or for another network', async () => {
    const { content } = await backedUp();
    const other = homeOf('other');
    (await openPerson(other)).close();
    expect(await codeOfAsync(() => restorePerson(other, content))).toBe('BACKUP_FOREIGN');
    const foreign = { ...content, network: network.random.bytes(32) };
    const code = await codeOfAsync(() => restorePerson(homeOf('empty'), foreign));
    expect(code).toBe('BACKUP_FOREIGN');
  });
});

describe('keys of staff', () => {
  it('are files of their own, one for each name', async () => {
    const home = homeOf('office').path;
    const key = { name: 'Dr Ada Example', role: 'physician', seed: network.random.bytes(32) };
    const path = saveStaffKey(home, key);
    expect(path.endsWith('dr-ada-example.json')).toBe(true);
    expect(loadStaffKey(path)).toEqual(key);
    expect(await codeOfAsync(async () => saveStaffKey(home, key))).toBe('STAFF_KEY_EXISTS');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20));
    expect(await codeOfAsync(async () => loadStaffKey(path))).toBe('FILE_MALFORMED');
  });
});
