import { type RecordInput, signStaffRequest } from '@ward/charts';
import { type Crypto, decodeUtf8, encodeUtf8, equalBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrganisationWard, PersonWard } from './create-ward.ts';
import type { UnitToAdd } from './records/add-units.ts';
import type { UnitSummary } from './records/unit-summary.ts';

const DAY = 24 * 3600;
let crypto: Crypto;
let network: ClientNetwork;
let patient: PersonWard;
let hospitalA: OrganisationWard;
let hospitalB: OrganisationWard;

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  return {
    metadata: {
      mediaType: 'application/fhir+json',
      resourceType: 'Observation',
      name: 'synthetic',
      inputDigest: crypto.sha256(bytes),
      sizeBytes: bytes.length,
    },
    open: () => [bytes],
  };
}

function units(count: number, name: string): UnitToAdd[] {
  return Array.from({ length: count }, (_, i) => ({
    caption: { kind: 'encounter', month: 24_300 + i },
    records: [record(`${name} ${i} a`), record(`${name} ${i} b`)],
  }));
}

async function clinician(ward: OrganisationWard, name: string) {
  const keyPair = crypto.ed25519.keyPair(network.random.bytes(32));
  const staff = { name, role: 'physician' };
  await ward.keys.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
  return { staff, keyPair };
}

async function openWith(
  ward: OrganisationWard,
  leaf: Uint8Array,
  chosen: readonly UnitSummary[],
  person: Awaited<ReturnType<typeof clinician>>,
) {
  const parameters = { leaf, units: chosen, purpose: 'TREAT', reason: 'consultation' } as const;
  const request = ward.access.request(parameters);
  const actor = signStaffRequest(request, person, network.random, ward.connection.realm);
  return ward.access.open({ ...parameters, actor });
}

beforeAll(async () => {
  crypto = await loadCrypto();
  network = await ClientNetwork.start(crypto);
  patient = await network.person();
  hospitalA = await network.organisation('hospital-a');
  hospitalB = await network.organisation('hospital-b');
});
afterAll(() => network.close());

describe('the journey of a record', () => {
  it('is written while the patient is away, found, granted, opened, logged, revoked', async () => {
    const vaults = [network.id('hospital-a')];
    const custodians = network.custodians;
    await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
    await patient.charts.sendCard('general', network.id('hospital-a'));
    expect(await hospitalA.access.collect()).toEqual({ cards: 1, grants: 0, rejected: 0 });

    const chart = patient.keys.chart('general').chart;
    const added = await hospitalA.records.add({
      chart,
      units: units(3, 'visit'),
      credential: 'Clinician 1 (synthetic)',
    });
    expect(added.map(({ n }) => n)).toEqual([0, 1, 2]);
    const again = { chart, units: units(3, 'visit'), credential: 'Clinician 1 (synthetic)' };
    expect(await hospitalA.records.add(again)).toEqual([]);

    const timeline = await patient.records.list('general');
    expect(timeline.map(({ problem, recordCount }) => [problem, recordCount])).toEqual(
      Array(3).fill([undefined, 2]),
    );
    const own = await patient.records.open('general', timeline[0]!);
    expect(own.map(({ bytes }) => decodeUtf8(bytes))).toEqual(['visit 0 a', 'visit 0 b']);

    const until = patient.connection.now() + 30 * DAY;
    const made = await patient.consent.grant({
      chart: 'general',
      grantee: network.id('hospital-b'),
      purposes: ['TREAT'],
      until,
      openingsMax: 20,
    });
    expect(await hospitalB.access.collect()).toEqual({ cards: 0, grants: 1, rejected: 0 });
    const person = await clinician(hospitalB, 'Clinician 2 (synthetic)');
    const seen = await hospitalB.access.list(made.leaf);
    expect(seen.map(({ caption }) => caption?.kind)).toEqual(Array(3).fill('encounter'));
    const opening = await openWith(hospitalB, made.leaf, [seen[1]!], person);
    expect(opening.receipts).toHaveLength(3);
    const [opened] = opening.units;
    expect(opened!.records.map(({ bytes }) => decodeUtf8(bytes))).toEqual([
      'visit 1 a',
      'visit 1 b',
    ]);

    const log = await patient.access.log('general');
    expect(log.openings).toHaveLength(1);
    expect(log.openings[0]).toMatchObject({
      n: 0,
      isUnexplained: false,
      actor: { name: 'Clinician 2 (synthetic)' },
    });
    expect(log.openings[0]!.verdicts).toHaveLength(3);
    expect(log.complete).toMatchObject([{ firstAbsent: 1 }]);

    await patient.consent.revoke('general', made.leaf);
    await expect(openWith(hospitalB, made.leaf, [seen[2]!], person)).rejects.toMatchObject({
      code: 'GRANT_REVOKED',
    });
    const [late] = await hospitalA.records.add({
      chart,
      units: units(1, 'after'),
      credential: 'Clinician 1 (synthetic)',
    });
    expect(late).toMatchObject({ epoch: 1, n: 0 });
    const after = await patient.records.list('general');
    expect(after).toHaveLength(4);
    expect(after.every(({ problem }) => problem === undefined)).toBe(true);
    expect(equalBytes(after[3]!.label!, late!.label)).toBe(true);
  }, 60_000);
});
