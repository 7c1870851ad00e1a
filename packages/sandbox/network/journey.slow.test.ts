import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getBody, packedName, type RecordInput, signStaffRequest } from '@ward/charts';
import { callRaw, collectBody, decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { OrganisationWard, UnitSummary } from '@ward/sdk';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alterStoredBytes } from '../hostile/stored-bytes.ts';
import type { Network } from './network.ts';
import type { OrganisationName } from './organisations.ts';
import { startNetwork } from './start-network.ts';

const DAY_SECONDS = 86_400;
const crypto = await loadCrypto();
const home = mkdtempSync(join(tmpdir(), 'ward-journey-'));
let network: Network;

beforeAll(async () => {
  network = await startNetwork({ home, clockOffsetMs: -60 * DAY_SECONDS * 1000 });
});
afterAll(async () => {
  await network.close();
  rmSync(home, { recursive: true });
});

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'synthetic', inputDigest };
  return { metadata: { ...metadata, sizeBytes: bytes.length }, open: () => [bytes] };
}

async function asOrganisation<T>(
  folder: OrganisationName,
  work: (ward: OrganisationWard) => Promise<T>,
): Promise<T> {
  const { ward, close } = await network.openOrganisation(folder);
  try {
    return await work(ward);
  } finally {
    close();
  }
}

/** A clinician of hospital B opens units. */
function openAs(ward: OrganisationWard, leaf: Uint8Array, units: readonly UnitSummary[]) {
  const [staff] = network.organisation('hospital-b').staff;
  const parameters = { leaf, units, purpose: 'TREAT', reason: 'consultation' } as const;
  const request = ward.access.request(parameters);
  const person = { staff: staff!, keyPair: staff!.keyPair };
  const actor = signStaffRequest(request, person, systemRandom, ward.connection.realm);
  return ward.access.open({ ...parameters, actor });
}

async function openPatient() {
  const path = join(home, 'patients', 'one');
  saveNetworkFile(path, network.networkFile);
  return openPerson({ path, clock: network.clock, crypto, carrierDelayMsMax: 0 });
}

describe('the journey of a record over real processes', () => {
  it('survives a month, a dead custodian, an altered vault, and ends with the grant', async () => {
    const { ward: patient, close } = await openPatient();
    const id = (name: string) => network.organisation(name).id;
    const vaults = [id('hospital-a'), id('patients-association')];
    const custodians = network.custodians.map(({ organisation }) => id(organisation));
    await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
    await patient.charts.sendCard('general', id('hospital-a'));
    const { chart } = patient.keys.chart('general');
    const units = [1, 2, 3].map((n) => ({
      caption: { kind: 'encounter' as const, month: 24_300 + n },
      records: [record(`visit ${n}`)],
    }));
    await asOrganisation('hospital-a', async (ward) => {
      await ward.access.collect();
      await ward.records.add({ chart, units, credential: 'Clinician (synthetic)' });
    });
    expect(await patient.records.list('general')).toHaveLength(3);

    await network.moveClock(network.clockOffsetMs + 31 * DAY_SECONDS * 1000);
    const until = patient.connection.now() + 30 * DAY_SECONDS;
    const grantee = id('hospital-b');
    const wanted = { chart: 'general' as const, grantee, purposes: ['TREAT'], until };
    const { leaf } = await patient.consent.grant(wanted);
    await network.server('payer', 'custodian').kill();
    await network.server('laboratory', 'custodian').kill();
    await asOrganisation('hospital-b', async (ward) => {
      await ward.access.collect();
      const seen = await ward.access.list(leaf);
      expect(await openedText(ward, leaf, seen[0]!)).toBe('visit 1');
      // Somebody with root alters the record in one vault: the other one gives it.
      expect(await alterInVault('hospital-a', seen[1]!)).toBe(1);
      expect(await openedText(ward, leaf, seen[1]!)).toBe('visit 2');
      // In both: nobody gives it, and what was altered is not shown.
      expect(await alterInVault('patients-association', seen[1]!)).toBe(1);
      const altered = await codeOfAsync(() => openAs(ward, leaf, [seen[1]!]));
      expect(altered).toBe('OBJECT_MISMATCH');
      // Three of five are needed; a third one down, and nothing opens.
      await network.server('registrar', 'custodian').stop();
      const tooFew = await codeOfAsync(() => openAs(ward, leaf, [seen[2]!]));
      expect(tooFew).toBe('SHARES_TOO_FEW');
      await network.server('registrar', 'custodian').start();
      expect(await openedText(ward, leaf, seen[2]!)).toBe('visit 3');
    });
    const log = await patient.access.log('general');
    expect(log.openings.length).toBeGreaterThanOrEqual(4);
    expect(log.openings.every(({ isUnexplained }) => !isUnexplained)).toBe(true);

    // The grant ends by itself on its last day.
    await network.moveClock(network.clockOffsetMs + 30 * DAY_SECONDS * 1000);
    await asOrganisation('hospital-b', async (ward) => {
      const seen = await ward.access.list(leaf);
      expect(await codeOfAsync(() => openAs(ward, leaf, [seen[0]!]))).toBe('GRANT_EXPIRED');
    });
    close();
  });
});

async function openedText(ward: OrganisationWard, leaf: Uint8Array, unit: UnitSummary) {
  const { units } = await openAs(ward, leaf, [unit]);
  return decodeUtf8(units[0]!.records[0]!.bytes);
}

/** Flips a bit of a unit's first body in the files of a vault. @returns How many copies it had. */
async function alterInVault(name: OrganisationName, { parsed }: UnitSummary): Promise<number> {
  const vault = network.server(name, 'vault');
  const params = { name: packedName(parsed!.manifest.bodies, crypto), index: 0 };
  const request = { params, query: {}, body: null };
  const stream = await callRaw(getBody, request, httpTransport(vault.origin));
  const bytes = await collectBody(stream, 1024 * 1024);
  return alterStoredBytes({ folder: join(home, name, 'vault'), bytes: bytes! });
}
