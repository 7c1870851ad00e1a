import { getHeader, parseHeader, Roster } from '@ward/charts';
import { callRaw, collectBody, type Transport, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND, textRecord } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Vaults } from '../connection/vaults.ts';
import type { WardOptions } from '../create-ward.ts';
import { memoryEventStore } from '../event-log.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';

const crypto = await loadCrypto();
const [FIRST, SECOND] = ['memory://vault', 'memory://second-vault'] as const;
let stage: ChartStage;
let chart: Uint8Array;

beforeEach(async () => {
  stage = await ChartStage.start(crypto, { hasSecondVault: true });
  chart = await stage.makeChart();
});
afterEach(() => stage.close());

const silence = (origin: string) => stage.network.silence(origin);
const restore = (origin: string) => stage.network.overrides.delete(origin);

/** The version of the header that a vault itself calls the newest. */
async function versionAt(origin: string): Promise<number> {
  const request = { params: { chart }, query: { version: null }, body: null };
  const body = await callRaw(getHeader, request, stage.network.server(origin));
  const bytes = await collectBody(body, 1e6);
  return parseHeader(bytes!, chart, stage.patient.connection.realm).header.version;
}

/** The wallet as it starts again from what it wrote. */
async function restarted(options: Partial<WardOptions> = {}) {
  const store = memoryEventStore();
  await store.append(stage.patient.keys.events.map((event) => WalletEvent.encode(event)));
  return stage.network.person(store, options);
}

const kinds = (ward = stage.patient) => ward.charts.backlog(KIND).map(({ task }) => task.kind);

describe.each([
  [FIRST, SECOND],
  [SECOND, FIRST],
])('a revocation while %s is down', (down, up) => {
  it('is in force at the next block; the vault takes what it missed when it is back', async () => {
    await stage.write(chart, stage.units(1, 'seen'));
    const { leaf } = await stage.grant();
    const seen = await stage.reader.access.list(leaf);
    const before = await versionAt(up);
    silence(down);
    await stage.patient.consent.revoke(KIND, leaf);
    expect(await versionAt(up)).toBeGreaterThan(before);
    expect(await versionAt(down)).toBe(before);
    await stage.network.node.makeBlock();
    expect(await codeOfAsync(() => stage.open(leaf, seen))).toBe('GRANT_REVOKED');
    expect(kinds()).toEqual(expect.arrayContaining(['header', 'object']));
    expect((await stage.patient.charts.catchUp(KIND)).done).toBe(0);

    const again = await restarted();
    expect(kinds(again)).toEqual(kinds());
    restore(down);
    // It gives the old header until then: the ledger tells, and the other one is believed.
    expect((await again.charts.view(KIND)).current.header.version).toBe(await versionAt(up));
    expect(await codeOfAsync(() => stage.open(leaf, seen))).toBe('GRANT_REVOKED');
    const { done, outstanding } = await again.charts.catchUp(KIND);
    expect([done > 3, outstanding]).toEqual([true, []]);
    expect(await versionAt(down)).toBe(await versionAt(up));
    silence(up);
    const { current } = await again.charts.view(KIND);
    const vaults = new Vaults(current.header.vaults, again.connection);
    const { leaves } = Roster.decode(await vaults.object(current.header.roster));
    expect(leaves.map(toHex)).not.toContain(toHex(leaf));
    expect(await again.records.list(KIND)).toMatchObject([{ problem: undefined }]);
  });
});

describe('a vault that answers nothing and refuses nothing', () => {
  it('holds up a revocation for a moment only', async () => {
    const { network } = stage;
    const { leaf } = await stage.grant();
    const person = await restarted({ vaultGraceMs: 20 });
    const never: Transport = { name: FIRST, send: () => new Promise(() => {}) };
    network.overrides.set(FIRST, never);
    await person.consent.revoke(KIND, leaf);
    expect(person.charts.backlog(KIND).map(({ vault }) => toHex(vault))).toContain(
      toHex(network.id('hospital-a')),
    );
  });
});

describe('a vault that is back', () => {
  it('takes what it missed with the next change of the chart, by itself', async () => {
    silence(SECOND);
    await stage.patient.charts.rotate(KIND);
    expect(kinds()).toContain('header');
    restore(SECOND);
    await stage.patient.charts.rotate(KIND);
    expect(kinds()).toEqual([]);
    expect(await versionAt(SECOND)).toBe(await versionAt(FIRST));
  });

  it('is not needed for a change, but for the making of a chart it is', async () => {
    silence(SECOND);
    const make = () =>
      stage.patient.charts.create({ ...stage.chartParameters, kind: 'medications' });
    expect(await codeOfAsync(make)).toBe('SERVER_UNREACHABLE');
    restore(SECOND);
    await make();
    expect((await stage.patient.charts.view('medications')).current.header.version).toBe(0);
    for (const origin of [FIRST, SECOND]) silence(origin);
    const rotate = () => stage.patient.charts.rotate(KIND);
    expect(await codeOfAsync(rotate)).toBe('SERVER_UNREACHABLE');
  });

  it('cannot hold up a change by refusing it either', async () => {
    const { network } = stage;
    const server = network.server(SECOND);
    network.overrides.set(SECOND, {
      name: SECOND,
      send: (request, options) => {
        const isHeader = request.method === 'PUT' && request.target.endsWith('/header');
        return isHeader ? Promise.resolve(refusal()) : server.send(request, options);
      },
    });
    await stage.patient.charts.rotate(KIND);
    expect(kinds()).toEqual(['header']);
  });
});

function refusal() {
  const body = (async function* () {
    yield new TextEncoder().encode('{"code":"CHART_NOT_OPEN","data":{}}');
  })();
  return { status: 409, headers: {}, body };
}

describe('units that are written while a vault is down', () => {
  it('wait where more copies are wanted than vaults answer, and come once then', async () => {
    silence(SECOND);
    const units = stage.units(2, 'wanted');
    const add = (copies: number) =>
      stage.writer.records.add({ chart, units, copies, credential: 'Clinician 1 (synthetic)' });
    expect(await codeOfAsync(() => add(2))).toBe('COPIES_MISSING');
    expect(await stage.patient.records.list(KIND)).toEqual([]);
    restore(SECOND);
    expect((await add(9)).map(({ missed }) => missed)).toEqual([[], []]);
    silence(FIRST);
    const listed = await stage.patient.records.list(KIND);
    expect(listed.map(({ problem }) => problem)).toEqual([undefined, undefined]);
  });

  it('say so, and are brought by the organisation that wrote them', async () => {
    silence(FIRST);
    const [unit] = await stage.write(chart, stage.units(1, 'one copy'));
    expect(unit!.missed.map(toHex)).toEqual([toHex(stage.network.id('hospital-a'))]);
    restore(FIRST);
    const { done, outstanding } = await stage.writer.records.catchUp(chart);
    expect([done, outstanding]).toEqual([1, []]);
    silence(SECOND);
    const [listed] = await stage.patient.records.list(KIND);
    expect(await stage.patient.records.open(KIND, listed!)).toHaveLength(2);
    restore(SECOND);
    expect((await stage.write(chart, stage.units(1, 'both')))[0]!.missed).toEqual([]);
  });

  it('are brought with the large records in them, which are streamed', async () => {
    const { patient } = stage;
    silence(SECOND);
    const large = textRecord('x'.repeat(3_000_000), crypto);
    const [unit] = stage.units(1, 'large');
    const units = [{ ...unit!, records: [large] }];
    const [added] = await patient.records.add(KIND, { units });
    expect(added!.missed).toHaveLength(1);
    restore(SECOND);
    expect(await patient.charts.catchUp(KIND)).toMatchObject({ outstanding: [] });
    silence(FIRST);
    const [listed] = await patient.records.list(KIND);
    const [record] = await patient.records.open(KIND, listed!);
    expect(record!.bytes.length).toBe(3_000_000);
  });

  it('stay to be brought while no vault that has them answers', async () => {
    silence(FIRST);
    await stage.write(chart, stage.units(1, 'one copy'));
    restore(FIRST);
    silence(SECOND);
    const { done, outstanding } = await stage.writer.records.catchUp(chart);
    expect([done, outstanding.length]).toEqual([0, 1]);
  });
});

describe('an erasure while a vault is down', () => {
  it('is ordered again until that vault has signed; the owner sees which has not', async () => {
    const { patient, network } = stage;
    await stage.write(chart, stage.units(1, 'erased'));
    const [unit] = await patient.records.list(KIND);
    silence(SECOND);
    const first = await patient.records.eraseUnit(KIND, unit!);
    expect(first).toMatchObject({ missing: 2 });
    expect(first.outstanding.map(toHex)).toEqual([toHex(network.id('association'))]);
    const again = await restarted();
    expect(await again.charts.catchUp(KIND)).toMatchObject({ done: 0 });
    restore(SECOND);
    expect(await again.charts.catchUp(KIND)).toMatchObject({ outstanding: [] });
    const { transport } = network.organisations.get('association')!.vault!;
    network.overrides.set(FIRST, transport);
    const vaults = new Vaults(network.vaults, again.connection);
    expect(await vaults.manifests([unit!.commitment])).toEqual([undefined]);
  });

  it('asks nothing of a vault that never had the unit, once it says that it has not', async () => {
    const { patient } = stage;
    silence(SECOND);
    await patient.records.add(KIND, { units: stage.units(1, 'never there') });
    const [unit] = await patient.records.list(KIND);
    expect(await patient.records.eraseUnit(KIND, unit!)).toMatchObject({ missing: 2 });
    expect(kinds()).not.toContain('unit');
    restore(SECOND);
    for (let call = 0; call < 2; call++) {
      expect(await patient.records.eraseUnit(KIND, unit!)).toMatchObject({ missing: 0 });
      expect(kinds()).toEqual([]);
    }
  });

  it('of one record is ordered again as well', async () => {
    const { patient } = stage;
    await stage.write(chart, stage.units(1, 'record'));
    const [unit] = await patient.records.list(KIND);
    silence(FIRST);
    expect(await patient.records.eraseRecord(KIND, unit!, 1)).toMatchObject({ missing: 1 });
    restore(FIRST);
    expect(await patient.records.eraseRecord(KIND, unit!, 1)).toMatchObject({ missing: 0 });
    expect(kinds()).toEqual([]);
  });
});
