import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type RecordInput, signStaffRequest } from '@ward/charts';
import { decodeUtf8, encodeUtf8, WardError } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import type { OrganisationWard } from '@ward/sdk';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from './network.ts';
import type { OrganisationName } from './organisations.ts';
import type { ServerProcess } from './server-process.ts';
import { startNetwork } from './start-network.ts';

// Servers are killed while clients write and open; clients repeat what failed.

const ROUNDS = 25;
const KILLED_AT_ONCE = 2;
const KILL_AFTER_MS = 120;
const ATTEMPTS_MAX = 200;
const DAY_SECONDS = 86_400;

const crypto = await loadCrypto();
const random = seededRandom(50);
const home = mkdtempSync(join(tmpdir(), 'ward-kill-'));
let network: Network;
let kills = 0;

beforeAll(async () => {
  network = await startNetwork({ home });
});
afterAll(async () => {
  await network.close();
  rmSync(home, { recursive: true });
});

function unitOf(text: string) {
  const bytes = encodeUtf8(text);
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'synthetic', inputDigest };
  const record: RecordInput = {
    metadata: { ...metadata, sizeBytes: bytes.length },
    open: () => [bytes],
  };
  return { caption: { kind: 'encounter' as const, month: 24_300 }, records: [record] };
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

/** Kills a few servers a moment from now, and starts them again. */
async function killSome(): Promise<void> {
  const servers = [...network.nodes, ...network.vaults, ...network.custodians];
  const chosen = new Set<ServerProcess>();
  while (chosen.size < KILLED_AT_ONCE) chosen.add(random.pick(servers));
  await pause(random.below(KILL_AFTER_MS));
  await Promise.all(
    [...chosen].map(async (server) => {
      await server.kill();
      await server.start();
      kills++;
    }),
  );
}

/** Does it until it succeeds; what fails has to fail with a code. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WardError) || attempt === ATTEMPTS_MAX) throw error;
      await pause(500);
    }
  }
}

describe('a network whose servers are killed again and again', () => {
  it('loses nothing it acknowledged, doubles nothing, and explains every entry', async () => {
    const path = join(home, 'patients', 'one');
    saveNetworkFile(path, network.networkFile);
    const { clock } = network;
    const options = { path, clock, crypto, carrierDelayMsMax: 0 };
    const { ward: patient, close } = await openPerson(options);
    const id = (name: string) => network.organisation(name).id;
    const vaults = network.vaults.map(({ organisation }) => id(organisation));
    const custodians = network.custodians.map(({ organisation }) => id(organisation));
    await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
    await patient.charts.sendCard('general', id('hospital-a'));
    const { chart } = patient.keys.chart('general');
    const until = patient.connection.now() + DAY_SECONDS;
    const grantee = id('hospital-b');
    const limits = { until, openingsMax: 900 };
    const { leaf } = await patient.consent.grant({
      ...{ chart: 'general', grantee, purposes: ['TREAT'], ...limits },
    });
    await asOrganisation('hospital-a', (ward) => ward.access.collect());
    await asOrganisation('hospital-b', (ward) => ward.access.collect());

    const write = (text: string) =>
      asOrganisation('hospital-a', (ward) =>
        ward.records.add({ chart, units: [unitOf(text)], credential: 'Clinician (synthetic)' }),
      );
    const open = () => asOrganisation('hospital-b', (ward) => openNewest(ward, leaf));
    for (let round = 0; round < ROUNDS; round++) {
      const text = `visit ${round}`;
      const killing = killSome();
      await untilDone(() => write(text));
      expect(await untilDone(open)).toMatch(/^visit \d+$/);
      await killing;
    }
    expect(kills).toBeGreaterThanOrEqual(ROUNDS * KILLED_AT_ONCE);

    const units = await untilDone(() => patient.records.list('general'));
    const texts: string[] = [];
    for (const unit of units) {
      expect(unit.problem).toBeUndefined();
      const [record] = await untilDone(() => patient.records.open('general', unit));
      texts.push(decodeUtf8(record!.bytes));
    }
    const written = Array.from({ length: ROUNDS }, (_, round) => `visit ${round}`);
    expect(texts.sort()).toEqual(written.sort());

    const log = await untilDone(() => patient.access.log('general'));
    const made = await asOrganisation('hospital-b', async (ward) => [
      ...ward.keys.grant(leaf).entries.values(),
    ]);
    const committed = made.filter(({ isCommitted }) => isCommitted);
    expect(log.openings.length).toBeGreaterThanOrEqual(ROUNDS);
    expect(log.openings.length).toBeGreaterThanOrEqual(committed.length);
    expect(log.complete).toMatchObject([{ firstAbsent: log.openings.length }]);
    expect(new Set(log.openings.map(({ n }) => n)).size).toBe(log.openings.length);
    close();
  });
});

/** A clinician of hospital B opens the last unit that it is granted. */
async function openNewest(ward: OrganisationWard, leaf: Uint8Array): Promise<string> {
  const unit = (await ward.access.list(leaf)).at(-1)!;
  const [staff] = network.organisation('hospital-b').staff;
  const parameters = { leaf, units: [unit], purpose: 'TREAT', reason: 'consultation' } as const;
  const request = ward.access.request(parameters);
  const person = { staff: staff!, keyPair: staff!.keyPair };
  const actor = signStaffRequest(request, person, systemRandom, ward.connection.realm);
  const opening = await ward.access.open({ ...parameters, actor });
  return decodeUtf8(opening.units[0]!.records[0]!.bytes);
}
