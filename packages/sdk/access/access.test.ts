import { postNotice, refuseOpening, sealNotice, signStaffRequest } from '@ward/charts';
import {
  callEndpoint,
  encodeProblem,
  PROBLEM_TYPE,
  type Transport,
  toHex,
  type WireRequest,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestSigner } from '../connection/vaults.ts';
import { createWard, type OrganisationWard } from '../create-ward.ts';
import { memoryEventStore } from '../event-log.ts';
import { KeyServiceEvent } from '../key-service/key-service-events.ts';
import type { UnitSummary } from '../records/unit-summary.ts';

const crypto = await loadCrypto();
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'association'];
let stage: ChartStage;
let leaf: Uint8Array;
let seen: UnitSummary[];

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  const chart = await stage.makeChart();
  await stage.write(chart, stage.units(3, 'visit'));
  ({ leaf } = await stage.grant());
  seen = await stage.reader.access.list(leaf);
});
afterEach(() => stage.close());

const log = () => stage.patient.access.log(KIND);

/** Answers in the place of a server, with its own answer at hand. */
function instead(
  origin: string,
  answer: (request: WireRequest, server: Transport) => ReturnType<Transport['send']>,
): void {
  const server = stage.network.server(origin);
  stage.network.overrides.set(origin, { name: origin, send: (each) => answer(each, server) });
}

async function spoiled(answer: Awaited<ReturnType<Transport['send']>>) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const bytes = new Uint8Array(Buffer.concat(chunks));
  bytes[bytes.length >> 1]! ^= 1;
  const body = (async function* () {
    yield bytes;
  })();
  return { ...answer, body };
}

describe('an opening for another purpose than the grant’s', () => {
  it('is refused before an entry is spent, and by custodians where it is an attempt', async () => {
    const open = (isAttempt: boolean) =>
      codeOfAsync(() => stage.open(leaf, [seen[0]!], { purpose: 'HRESCH', isAttempt }));
    expect(await open(false)).toBe('PURPOSE_NOT_GRANTED');
    expect(await log()).toMatchObject({ openings: [], refusals: [] });
    expect(await open(true)).toBe('PURPOSE_NOT_GRANTED');
    const { openings, refusals } = await log();
    expect(openings).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ verdict: 'PURPOSE_NOT_GRANTED' });
  });
});

describe('an opening', () => {
  it('is one entry of the next number, told by every custodian that was asked', async () => {
    for (const n of [0, 1, 2]) {
      const opening = await stage.open(leaf, [seen[n]!]);
      expect(opening.n).toBe(n);
      expect(opening.receipts).toHaveLength(3);
    }
    const { openings, complete, refusals } = await log();
    expect(openings.map(({ n, isUnexplained }) => [n, isUnexplained])).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ]);
    expect(openings.map(({ entry }) => entry!.labels.map(toHex))).toEqual(
      seen.map(({ label }) => [toHex(label!)]),
    );
    expect(openings[0]!.actor).toMatchObject({ name: 'Clinician 2 (synthetic)' });
    expect(complete).toMatchObject([{ leaf, firstAbsent: 3 }]);
    expect(refusals).toEqual([]);
  });

  it('of many at once takes a number each, and leaves no hole', async () => {
    const person = await stage.enrol();
    const openings = await Promise.all(
      Array.from({ length: 8 }, (_, i) => stage.open(leaf, [seen[i % 3]!], { person })),
    );
    expect(openings.map(({ n }) => n).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await log()).complete).toMatchObject([{ firstAbsent: 8 }]);
  });

  it('needs a person who has just signed this very request', async () => {
    const person = await stage.enrol();
    const { reader, network } = stage;
    const parameters = {
      leaf,
      units: [seen[0]!],
      purpose: 'TREAT',
      reason: 'consultation',
    } as const;
    const request = reader.access.request(parameters);
    const actor = signStaffRequest(request, person, network.random, reader.connection.realm);
    const other = { ...parameters, units: [seen[1]!], actor };
    expect(await codeOfAsync(() => reader.access.open(other))).toBe('STAFF_SIGNATURE');
    await network.pass(121);
    const late = () => reader.access.open({ ...parameters, actor });
    expect(await codeOfAsync(late)).toBe('STAFF_SIGNATURE');
    expect((await log()).openings).toEqual([]);
  });

  it('remembers its answer’s secret before anything of it is sent', async () => {
    const { store } = stage.network.organisations.get('hospital-b')!;
    let durable = 0;
    instead('memory://node', async (request, server) => {
      if (request.target.startsWith('/v1/transactions') && durable === 0) {
        const events = (await store.load()).map((record) => KeyServiceEvent.decode(record).event);
        durable = events.filter(({ kind }) => kind === 'entryMade').length;
        expect(events.some(({ kind }) => kind === 'entryCommitted')).toBe(false);
      }
      return server.send(request);
    });
    await stage.open(leaf, [seen[0]!]);
    expect(durable).toBe(1);
  });

  it('fills the hole that a failed one left before it goes on', async () => {
    instead('memory://node', (request, server) =>
      request.target.startsWith('/v1/transactions')
        ? Promise.reject(new Error('cut off'))
        : server.send(request),
    );
    const open = () => stage.open(leaf, [seen[0]!]);
    expect(await codeOfAsync(open)).toBe('TRANSACTION_UNCERTAIN');
    expect(await codeOfAsync(open)).toBe('TRANSACTION_UNCERTAIN');
    stage.network.overrides.clear();
    expect((await open()).n).toBe(1);
    const { openings } = await log();
    // The entry of the failed call was shown to nobody, so nobody explains it.
    expect(openings.map(({ n, isUnexplained }) => [n, isUnexplained])).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  it('takes the answer for lost, not the entry: the same slot twice is one entry', async () => {
    instead('memory://node', async (request, server) => {
      const answer = await server.send(request);
      if (request.target.startsWith('/v1/transactions')) throw new Error('cut off');
      return answer;
    });
    const open = () => stage.open(leaf, [seen[0]!]);
    expect(await codeOfAsync(open)).toBe('TRANSACTION_UNCERTAIN');
    stage.network.overrides.clear();
    expect((await open()).n).toBe(1);
    expect((await log()).complete).toMatchObject([{ firstAbsent: 2 }]);
  });

  it('by a key service that was restored goes on behind the entries it has forgotten', async () => {
    const { store } = stage.network.organisations.get('hospital-b')!;
    const person = await stage.enrol();
    const events = await store.load();
    for (let i = 0; i < 3; i++) await stage.open(leaf, [seen[0]!], { person });
    const copy = memoryEventStore();
    await copy.append(events);
    const { networkFile, clock, random } = stage.network;
    const transport = (origin: string) => stage.network.transport(origin);
    const common = { networkFile, transport, clock, crypto, random, carrierDelayMsMax: 0 };
    const ward: OrganisationWard = await createWard({ ...common, keyService: copy });
    expect((await stage.open(leaf, [seen[0]!], { person, ward })).n).toBe(3);
    expect((await stage.open(leaf, [seen[1]!], { person, ward })).n).toBe(4);
    expect((await log()).openings.map(({ isUnexplained }) => isUnexplained)).toEqual(
      Array(5).fill(false),
    );
  });

  it('ends with the openings that were granted', async () => {
    const few = await stage.grant({ openingsMax: 2, unitsPerOpeningMax: 1 });
    await stage.reader.access.list(few.leaf);
    expect(await codeOfAsync(() => stage.open(few.leaf, seen))).toMatch(/UNITS|UNIT_/);
    await stage.open(few.leaf, [seen[0]!]);
    expect(await codeOfAsync(() => stage.open(few.leaf, [seen[1]!]))).toMatch(/OPENINGS/);
  });
});

describe('custodians that are down', () => {
  it.each([1, 2])('stop no opening while enough are left: %i down', async (count) => {
    for (const name of CUSTODIANS.slice(0, count)) stage.network.silence(`memory://${name}`);
    const opening = await stage.open(leaf, [seen[0]!]);
    expect(opening.units[0]!.records).toHaveLength(2);
    expect((await log()).openings).toMatchObject([{ n: 0, isUnexplained: false }]);
  });

  it('are too many with three: refused, the entry explained, nothing half done', async () => {
    for (const name of CUSTODIANS.slice(0, 3)) stage.network.silence(`memory://${name}`);
    const open = () => stage.open(leaf, [seen[0]!]);
    const error = await open().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'SHARES_TOO_FEW', data: { answered: 2, needed: 3 } });
    stage.network.overrides.clear();
    expect((await log()).openings).toMatchObject([{ n: 0, isUnexplained: false }]);
    expect((await open()).n).toBe(1);
  });

  it('and one that lies are passed over: another one is asked', async () => {
    stage.network.silence('memory://laboratory');
    instead('memory://pharmacy', async (request, server) => spoiled(await server.send(request)));
    const opening = await stage.open(leaf, [seen[0]!]);
    expect(opening.receipts.map(({ custodian }) => toHex(custodian)).sort()).toEqual(
      ['payer', 'registrar', 'association']
        .map((name) => toHex(stage.network.id(name as 'payer')))
        .sort(),
    );
    for (const name of CUSTODIANS.slice(2)) {
      instead(`memory://${name}`, async (request, server) => spoiled(await server.send(request)));
    }
    expect(await codeOfAsync(() => stage.open(leaf, [seen[0]!]))).toBe('SHARES_TOO_FEW');
  });
});

describe('a custodian that refuses alone', () => {
  it('does not speak for the others: too few answered', async () => {
    for (const name of ['pharmacy', 'payer']) stage.network.silence(`memory://${name}`);
    instead('memory://laboratory', async () => {
      const body = (async function* () {
        yield encodeProblem(refuseOpening('GRANT_EXPIRED'));
      })();
      return { status: 403, headers: { 'content-type': PROBLEM_TYPE }, body };
    });
    const code = await codeOfAsync(() => stage.open(leaf, [seen[0]!]));
    expect(code).toBe('SHARES_TOO_FEW');
  });
});

describe('the owner’s log', () => {
  it('has refusals, by whom, and what was asked for', async () => {
    const until = stage.patient.connection.now() + 50;
    const short = await stage.grant({ until });
    await stage.network.pass(50);
    const open = () => stage.open(short.leaf, [seen[1]!]);
    expect(await codeOfAsync(open)).toBe('GRANT_EXPIRED');
    const { refusals, openings } = await log();
    expect(refusals.length).toBeGreaterThanOrEqual(3);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        verdict: 'GRANT_EXPIRED',
        grantee: stage.network.id('hospital-b'),
      });
      expect(refusal.actor).toMatchObject({ name: 'Clinician 2 (synthetic)' });
    }
    expect(openings).toMatchObject([{ n: 0, leaf: short.leaf }]);
  });

  it('shows an entry whose notices a vault dropped, as one that nobody explains', async () => {
    await stage.open(leaf, [seen[0]!]);
    instead('memory://vault', async (request, server) => {
      if (!request.target.includes('/mailbox')) return server.send(request);
      throw new Error('dropped');
    });
    expect((await log()).openings).toMatchObject([
      { n: 0, isUnexplained: true, entry: undefined, grantee: stage.network.id('hospital-b') },
    ]);
  });

  it('is whole over more notices than one answer of a vault has', async () => {
    const { patient, network } = stage;
    await network.close();
    stage = await ChartStage.start(crypto, {
      vaultLimits: { pageLettersMax: 2, noticesDayMax: 4 },
    });
    expect(patient).not.toBe(stage.patient);
    const chart = await stage.makeChart();
    await stage.write(chart, stage.units(1, 'visit'));
    ({ leaf } = await stage.grant());
    seen = await stage.reader.access.list(leaf);
    const person = await stage.enrol();
    for (let i = 0; i < 6; i++) await stage.open(leaf, seen, { person });
    const { openings, counts } = await log();
    expect(openings.map(({ isUnexplained }) => isUnexplained)).toEqual([
      ...[false, false, false, false],
      ...[true, true],
    ]);
    expect(counts.map(({ count }) => count)).toEqual([2, 2, 2]);
  });

  it('believes no notice that does not have the digest of the slot', async () => {
    await stage.open(leaf, [seen[0]!]);
    const { patient, writer, network } = stage;
    const { header } = (await patient.charts.view(KIND)).current;
    const [opening] = (await log()).openings;
    const notice = {
      kind: 'opening',
      ...{ custodian: network.id('payer'), grantee: network.id('hospital-b') },
      ...{ entry: new Uint8Array([1]), entrySalt: network.random.bytes(32), entryNumber: 0 },
      verdict: 'PERMITTED',
    } as const;
    const key = crypto.kem.sealingKey(header.mailboxKey);
    const { realm } = patient.connection;
    const { chart } = patient.keys.chart(KIND);
    const sealed = await sealNotice({ time: 1, notice }, { chart, key }, realm);
    const [audience] = network.vaults;
    const sign = requestSigner(writer.connection, {
      audience: audience!,
      key: writer.keys.requestKey,
    });
    const request = { params: { chart }, query: {}, body: sealed, sign };
    await callEndpoint(postNotice, request, network.transport('memory://vault'));
    const again = await log();
    expect(again.openings).toEqual([opening]);
    expect(again.refusals).toEqual([]);
  });

  it('walks every grant that was ever made, and none where there is none', async () => {
    await stage.open(leaf, [seen[0]!]);
    await stage.grant();
    await stage.patient.consent.revoke(KIND, leaf);
    const { complete, openings, height } = await log();
    expect(complete.map(({ firstAbsent }) => firstAbsent)).toEqual([1, 0]);
    expect(openings).toMatchObject([{ isUnexplained: false }]);
    expect(height).toBeGreaterThan(1);
    const other = await stage.network.person();
    await other.charts.create(stage.chartParameters);
    const empty = await other.access.log(KIND);
    expect(empty).toMatchObject({ openings: [], refusals: [], complete: [], counts: [] });
    expect(Number.isSafeInteger(empty.height)).toBe(true);
  });
});
