import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getBody, packedName, type RecordInput, signStaffRequest } from '@ward/charts';
import { createCustodian, loadCustodianHome } from '@ward/custodian';
import { callRaw, collectBody, decodeUtf8, encodeUtf8, toHex } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { Opening, OrganisationWard, PersonWard, UnitSummary } from '@ward/sdk';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';
import { alterShares } from '@ward/testkit/wrong-share';
import { createVault, loadVaultHome } from '@ward/vault';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { alterStoredBytes, hasStoredBytes } from '../hostile/stored-bytes.ts';
import type { Network } from './network.ts';
import { SANDBOX_ORGANISATIONS } from './organisations.ts';
import type { ServerProcess } from './server-process.ts';
import { startNetwork } from './start-network.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const crypto = await loadCrypto();
const home = mkdtempSync(join(tmpdir(), 'ward-custody-'));
const DAY_SECONDS = 86_400;
const UNITS = 8;
/** In the order in which they are asked; two of the five must answer. */
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'patients-association'];
const VAULTS = ['hospital-a', 'patients-association', 'laboratory'];
/** Keeps no share of the chart, and takes over those of another custodian. */
const SUCCESSOR = 'hospital-b';
let network: Network;
let patient: PersonWard;
let hospital: OrganisationWard;
let leaf: Uint8Array;
let seen: UnitSummary[];
const closing: (() => void)[] = [];

const id = (name: string) => network.organisation(name).id;
const custodian = (name: string) => network.server(name, 'custodian');
const vault = (name: string) => network.server(name, 'vault');

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const inputDigest = crypto.sha256(bytes);
  const metadata = { mediaType: 'text/plain', resourceType: '', name: 'synthetic', inputDigest };
  return { metadata: { ...metadata, sizeBytes: bytes.length }, open: () => [bytes] };
}

beforeAll(async () => {
  const organisations = SANDBOX_ORGANISATIONS.map((plan) => ({
    ...plan,
    servers: {
      ...plan.servers,
      ...(plan.folder === 'laboratory' ? { vault: 4613 } : {}),
      ...(plan.folder === SUCCESSOR ? { custodian: 4626 } : {}),
    },
  }));
  network = await startNetwork({ home, organisations });
  const path = join(home, 'patients', 'one');
  saveNetworkFile(path, network.networkFile);
  const person = await openPerson({ path, clock: network.clock, crypto, carrierDelayMsMax: 0 });
  closing.push(person.close);
  patient = person.ward;
  await patient.charts.create({
    kind: 'general',
    ...{ vaults: VAULTS.map(id), custodians: CUSTODIANS.map(id), threshold: 2 },
  });
  await patient.charts.sendCard('general', id('hospital-a'));
  await write();
  const until = patient.connection.now() + DAY_SECONDS;
  const wanted = { chart: 'general' as const, grantee: id('hospital-b'), purposes: ['TREAT'] };
  ({ leaf } = await patient.consent.grant({ ...wanted, until }));
  const reader = await network.openOrganisation('hospital-b');
  closing.push(reader.close);
  hospital = reader.ward;
  await hospital.access.collect();
  seen = await hospital.access.list(leaf);
  expect(seen).toHaveLength(UNITS);
});
afterAll(async () => {
  for (const close of closing) close();
  await network.close();
  rmSync(home, { recursive: true });
});

/** Hospital A writes, and wants each unit in three vaults. */
async function write(): Promise<void> {
  const { ward, close } = await network.openOrganisation('hospital-a');
  await ward.access.collect();
  const { chart } = patient.keys.chart('general');
  const units = Array.from({ length: UNITS }, (_, n) => ({
    caption: { kind: 'encounter' as const, month: 24_300 + n },
    records: [record(`visit ${n}`)],
  }));
  const wanted = { chart, units, credential: 'Clinician (synthetic)', copies: VAULTS.length };
  await ward.records.add(wanted);
  close();
}

/** A clinician of hospital B opens a unit, which is the record that was written. */
async function open(which: number): Promise<Opening> {
  const [staff] = network.organisation('hospital-b').staff;
  const units = [seen[which]!];
  const parameters = { leaf, units, purpose: 'TREAT', reason: 'consultation' } as const;
  const request = hospital.access.request(parameters);
  const person = { staff: staff!, keyPair: staff!.keyPair };
  const actor = signStaffRequest(request, person, systemRandom, hospital.connection.realm);
  const opening = await hospital.access.open({ ...parameters, actor });
  expect(decodeUtf8(opening.units[0]!.records[0]!.bytes)).toBe(`visit ${which}`);
  return opening;
}

/** Stops processes where they are: they take what comes, and answer nothing. */
async function whileFrozen<T>(servers: readonly ServerProcess[], work: () => Promise<T>) {
  const pids = servers.map(({ pid }) => pid!);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

function problemsOf({ problems }: Opening) {
  return new Map(problems.map((each) => [toHex(each.custodian), each.error.code]));
}

describe('custodians of five organisations, two of which must answer', () => {
  it('open with one dead, one frozen and one that lies, and it is told who', async () => {
    await custodian('pharmacy').stop();
    expect(await alterShares(join(home, 'pharmacy', 'custodian'), crypto)).toBeGreaterThan(0);
    await custodian('pharmacy').start();
    await custodian('payer').kill();
    const opening = await whileFrozen([custodian('laboratory')], () => open(0));
    const answered = opening.receipts.map((receipt) => toHex(receipt.custodian)).sort();
    expect(answered).toEqual(['registrar', 'patients-association'].map(id).map(toHex).sort());
    const problems = problemsOf(opening);
    expect(problems.get(toHex(id('pharmacy')))).toBe('SHARE_PROOF_INVALID');
    expect(problems.get(toHex(id('payer')))).toBe('SERVER_UNREACHABLE');
    expect(problems.get(toHex(id('laboratory')))).toBe('SERVER_UNREACHABLE');
  });

  it('say what is missing when too few are left, and open when one comes back', async () => {
    await custodian('patients-association').stop();
    await custodian('laboratory').stop();
    const failed = await open(1).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'SHARES_TOO_FEW',
      data: { answered: 1, needed: 2, away: 3, wrong: 1 },
    });
    const { custodian: named } = (failed as { data: { custodian: string } }).data;
    const away = ['laboratory', 'payer', 'patients-association'];
    expect(away.map((name) => toHex(id(name)))).toContain(named);
    await custodian('patients-association').start();
    await open(1);
    const log = await patient.access.log('general');
    expect(log.openings.every(({ isUnexplained }) => !isUnexplained)).toBe(true);
  });

  it('go on with the successor of one that has left, and the owner away', async () => {
    await custodian('laboratory').stop();
    await custodian('registrar').stop();
    const { ward, close } = await network.openOrganisation('laboratory');
    await ward.network.nameSuccessor(id(SUCCESSOR));
    close();
    const { handedOn, refused } = await handOver('laboratory');
    expect([handedOn, refused]).toEqual([1, []]);
    // What the hospital knows of an organisation it believes for some seconds.
    await vi.waitFor(
      async () => {
        const { receipts } = await open(2);
        const by = receipts.map((receipt) => toHex(receipt.custodian));
        expect(by.sort()).toEqual([SUCCESSOR, 'patients-association'].map(id).map(toHex).sort());
      },
      { timeout: 30_000, interval: 2000 },
    );
    await custodian('registrar').start();
  });
});

/** What an operator does with a custodian that is stopped. */
async function handOver(name: string) {
  const folder = join(home, name, 'custodian');
  const own = await loadCustodianHome(folder);
  const leaving = await createCustodian({
    ...{ ...own, home: folder, crypto, random: systemRandom, clock: network.clock },
    keyPair: crypto.ed25519.keyPair(own.serviceSeed),
    receiptKey: crypto.ed25519.keyPair(own.receiptSeed),
    connect: httpTransport,
  });
  try {
    return await leaving.handOver();
  } finally {
    await leaving.close();
  }
}

describe('vaults of three organisations', () => {
  it('give a record while one is dead, one is frozen, and one has altered another', async () => {
    await vault('hospital-a').kill();
    await whileFrozen([vault('laboratory')], () => open(3));
    expect(await alter('patients-association', seen[4]!)).toBe(1);
    await open(4);
    await vault('hospital-a').start();
  });

  it('find what the disk has altered, and mend it from each other', async () => {
    expect(await alter('laboratory', seen[5]!)).toBe(1);
    await vault('laboratory').stop();
    const report = await scrub('laboratory');
    expect(report).toMatchObject({ damaged: 0, mended: 1 });
    await vault('laboratory').start();
    const bytes = await bodyFrom('laboratory', seen[5]!);
    expect(hasStoredBytes({ folder: join(home, 'laboratory', 'vault'), bytes })).toBe(true);
    await vault('hospital-a').stop();
    await vault('patients-association').stop();
    // The owner could not be told otherwise, so the vault that was mended is the only one left.
    await open(5);
    await vault('hospital-a').start();
    await vault('patients-association').start();
  });
});

/** The first body of a unit, as a vault gives it out. */
async function bodyFrom(name: string, { parsed }: UnitSummary): Promise<Uint8Array> {
  const params = { name: packedName(parsed!.manifest.bodies, crypto), index: 0 };
  const request = { params, query: {}, body: null };
  const stream = await callRaw(getBody, request, httpTransport(vault(name).origin));
  return (await collectBody(stream, 1024 * 1024))!;
}

/** Flips a bit of it on the disk of the vault. @returns How many copies there were. */
async function alter(name: string, unit: UnitSummary): Promise<number> {
  const bytes = await bodyFrom(name, unit);
  return alterStoredBytes({ folder: join(home, name, 'vault'), bytes });
}

/** What an operator does with a vault that is stopped: ward vault scrub. */
async function scrub(name: string) {
  const folder = join(home, name, 'vault');
  const own = await loadVaultHome(folder);
  const opened = await createVault({
    ...{ ...own, home: folder, crypto, random: systemRandom, clock: network.clock },
    keyPair: crypto.ed25519.keyPair(own.serviceSeed),
    connect: httpTransport,
  });
  try {
    return await opened.scrub();
  } finally {
    await opened.close();
  }
}
