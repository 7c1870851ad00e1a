import { getBody, getObjects, type ParsedManifest, type RecordInput } from '@ward/charts';
import { type Crypto, encodeUtf8, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Vaults } from '../connection/vaults.ts';
import type { PersonWard } from '../create-ward.ts';
import { bodyPages, fetchPackedBodies } from './packed-bodies.ts';
import type { UnitSummary } from './unit-summary.ts';

const RECORDS = 12;
const FIRST_VAULT = 'memory://vault';
let crypto: Crypto;
let network: ClientNetwork;
let patient: PersonWard;
let units: readonly UnitSummary[];
/** Paths that vaults were asked for. */
let asked: string[] = [];

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'synthetic', inputDigest };
  return { metadata: { ...metadata, sizeBytes: bytes.length }, open: () => [bytes] };
}

/** Notes what the first vault is asked, and lets answers with many objects be changed. */
function listen(change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): void {
  network.overrides.delete(FIRST_VAULT);
  const vault = network.organisations.get('hospital-a')!.vault!.transport;
  const send: Transport['send'] = async (request, options) => {
    asked.push(request.target.split('?')[0]!);
    const answer = await vault.send(request, options);
    const isBatch = request.target === getObjects.path;
    return isBatch ? { ...answer, body: changed(answer.body, change) } : answer;
  };
  network.overrides.set(FIRST_VAULT, { name: FIRST_VAULT, send });
}

async function* changed(
  body: AsyncIterable<Uint8Array>,
  change: (bytes: Uint8Array) => Uint8Array,
) {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  yield change(new Uint8Array(Buffer.concat(pieces)));
}

function countOf(path: string): number {
  const parts = path.split('/');
  return asked.filter((target) => {
    const given = target.split('/');
    const fits = parts.every((part, i) => part.startsWith(':') || part === given[i]);
    return fits && given.length === parts.length;
  }).length;
}

beforeAll(async () => {
  crypto = await loadCrypto();
  network = await ClientNetwork.start(crypto, 1, { hasSecondVault: true });
  patient = await network.person();
  const { vaults, custodians } = network;
  await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
  const added = [1, 2, 3].map((unit) => ({
    caption: { kind: 'encounter' as const, month: 24_300 },
    records: Array.from({ length: RECORDS }, (_, i) => record(`unit ${unit} record ${i}`)),
  }));
  await patient.records.add('general', { units: added });
  units = await patient.records.list('general');
});
afterAll(() => network.close());
beforeEach(() => {
  asked = [];
  listen();
});

describe('bodies of packed units', () => {
  it('come in one request for a unit, and in one for a whole chart', async () => {
    const opened = await patient.records.open('general', units[0]!);
    expect(opened).toHaveLength(RECORDS);
    expect([countOf(getObjects.path), countOf(getBody.path)]).toEqual([1, 0]);
    asked = [];
    const check = await patient.records.verify('general');
    expect(check).toMatchObject({ units: 3, records: 3 * RECORDS, broken: [] });
    // One for the manifests, one for the bodies.
    expect([countOf(getObjects.path), countOf(getBody.path)]).toEqual([2, 0]);
  });

  it('come from the next vault where one altered them, each compared with its digest', async () => {
    const size = units[0]!.parsed!.manifest.bodies[0]!.size;
    // A byte of the last body: the answer ends with it.
    listen((bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)));
    const vaults = new Vaults(network.vaults.slice(0, 1), patient.connection);
    const parsed = units[0]!.parsed as ParsedManifest;
    const [bodies] = (await fetchPackedBodies([parsed], vaults, patient.connection)).values();
    expect(bodies!.size).toBe(RECORDS - 1);
    expect(bodies!.get(0)).toHaveLength(size);
    const both = new Vaults(network.vaults, patient.connection);
    const [whole] = (await fetchPackedBodies([parsed], both, patient.connection)).values();
    expect(whole!.size).toBe(RECORDS);
    expect(await patient.records.open('general', units[0]!)).toHaveLength(RECORDS);
  });

  it('are asked for one by one where a vault gives no whole object', async () => {
    network.silence('memory://second-vault');
    const none = (bytes: Uint8Array) => getObjects.answer.encode({ objects: [bytes && null] });
    listen(none);
    const opened = await patient.records.open('general', units[1]!);
    expect(opened).toHaveLength(RECORDS);
    expect(countOf(getBody.path)).toBe(RECORDS);
    network.overrides.delete('memory://second-vault');
  });
});

describe('pages of bodies', () => {
  const unit = (megabytes: number) => {
    const body = { digest: new Uint8Array(32), size: megabytes * 1024 * 1024 };
    return { manifest: { packed: true, bodies: [body] } } as unknown as ParsedManifest;
  };

  it('hold what stands in memory at once, and leave nothing out', () => {
    const all = [7, 7, 7, 1, 20, 3].map(unit);
    const pages = [...bodyPages(all, (each) => each)];
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1, 1]);
    expect(pages.flat()).toEqual(all);
  });

  it('count no bytes for what is not fetched, and no more names than a request has', () => {
    const all = Array.from({ length: 1001 }, () => unit(9));
    const pages = [...bodyPages(all, () => undefined)];
    expect(pages.map((page) => page.length)).toEqual([500, 500, 1]);
  });
});
