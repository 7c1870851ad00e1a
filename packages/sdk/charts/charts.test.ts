import { openSources, Roster, SeedsObject } from '@ward/charts';
import { decodeUtf8, type Transport, toHex, type WireRequest } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWholeLog } from '../access/read-log.ts';
import { Vaults } from '../connection/vaults.ts';
import { memoryEventStore } from '../event-log.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';

const crypto = await loadCrypto();
let stage: ChartStage;

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
});
afterEach(() => stage.close());

/** Answers in the place of a server, with what it would have answered at hand. */
function instead(
  origin: string,
  answer: (request: WireRequest, server: Transport) => ReturnType<Transport['send']>,
): void {
  const { network } = stage;
  network.overrides.delete(origin);
  const server: Transport = { name: origin, send: network.server(origin).send };
  network.overrides.set(origin, { name: origin, send: (request) => answer(request, server) });
}

const state = () => stage.patient.charts.view(KIND);

describe('a chart that is made', () => {
  it('is published once every custodian has signed, and not twice', async () => {
    const { patient } = stage;
    const chart = await patient.charts.create(stage.chartParameters);
    const { current } = await state();
    expect(current.header).toMatchObject({ version: 0, state: 'open', chart });
    expect(current.header.releases[0]!.custodians).toHaveLength(5);
    const again = () => patient.charts.create(stage.chartParameters);
    expect(await codeOfAsync(again)).toBe('CHART_EXISTS');
  });

  it('is not published while a custodian is down; the next call goes on with it', async () => {
    const { patient, network } = stage;
    network.silence('memory://payer');
    const make = () => patient.charts.create(stage.chartParameters);
    expect(await codeOfAsync(make)).toBe('SERVER_UNREACHABLE');
    expect(await codeOfAsync(make)).toBe('SERVER_UNREACHABLE');
    expect(await codeOfAsync(state)).toBe('HEADER_WITHHELD');
    network.overrides.delete('memory://payer');
    const chart = await make();
    expect(patient.charts.list().map((kept) => kept.chart)).toEqual([chart]);
    expect((await state()).chart).toEqual(chart);
  });

  it('may be made with another custodian instead of one that stays away', async () => {
    const { patient, network } = stage;
    network.silence('memory://payer');
    const make = (custodians: Uint8Array[]) =>
      patient.charts.create({ ...stage.chartParameters, custodians });
    expect(await codeOfAsync(() => make(network.custodians))).toBe('SERVER_UNREACHABLE');
    const others = network.custodians.filter((id) => toHex(id) !== toHex(network.id('payer')));
    await make(others);
    expect((await state()).current.header.releases[0]!.custodians).toHaveLength(4);
    const [unit] = stage.units(1, 'other custodians');
    await patient.records.add(KIND, { units: [unit!] });
    const [listed] = await patient.records.list(KIND);
    expect(await patient.records.open(KIND, listed!)).toHaveLength(2);
  });

  it('is not published on a receipt that is not the custodian’s for this share', async () => {
    instead('memory://pharmacy', async (request, server) => {
      const answer = await server.send(request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      bytes[bytes.length - 1]! ^= 1;
      return {
        ...answer,
        body: (async function* () {
          yield new Uint8Array(bytes);
        })(),
      };
    });
    const make = () => stage.patient.charts.create(stage.chartParameters);
    expect(await codeOfAsync(make)).toBe('SHARE_INVALID');
    expect(await codeOfAsync(state)).toBe('HEADER_WITHHELD');
    stage.network.overrides.clear();
    await make();
    expect((await state()).current.header.version).toBe(0);
  });

  it('is found again when only the answer that it stands was lost', async () => {
    instead('memory://node', async (request, server) => {
      const answer = await server.send(request);
      if (request.target.startsWith('/v1/slots')) throw new Error('cut off');
      return answer;
    });
    const make = () => stage.patient.charts.create(stage.chartParameters);
    expect(await codeOfAsync(make)).toBe('SERVER_UNREACHABLE');
    stage.network.overrides.clear();
    const chart = await make();
    const { current } = await state();
    expect(current.header).toMatchObject({ chart, version: 0 });
    expect(stage.patient.keys.chart(KIND).version).toBe(0);
  });

  it('shares no key with the chart that another device made of the same seed', async () => {
    const { patient, network } = stage;
    const store = memoryEventStore();
    await store.append(patient.keys.events.map((event) => WalletEvent.encode(event)));
    const other = await network.person(store);
    await patient.charts.create(stage.chartParameters);
    await other.charts.create({ ...stage.chartParameters, kind: 'medications' });
    const [one] = patient.charts.list();
    const [two] = other.charts.list();
    expect(patient.keys.keysOf(one!).ck.publicKey).not.toEqual(
      other.keys.keysOf(two!).ck.publicKey,
    );
    await patient.keys.merge(other.keys.events);
    expect((await patient.charts.view('medications')).chart).toEqual(two!.chart);
  });

  it('is refused with custodians, vaults or a threshold that cannot be', async () => {
    const { custodians, vaults } = stage.chartParameters;
    const wrong = [
      { threshold: 0 },
      { threshold: 6 },
      { threshold: 2.5 },
      { vaults: [] },
      { vaults: [...vaults, ...vaults] },
      { custodians: [...custodians, custodians[0]!] },
    ];
    for (const change of wrong) {
      const make = async () => stage.patient.charts.create({ ...stage.chartParameters, ...change });
      expect(await codeOfAsync(make), JSON.stringify(change)).toBe('CHART_INCOHERENT');
    }
    expect(stage.patient.charts.list()).toEqual([]);
  });

  it('needs no custodians where the owner wants none', async () => {
    const { patient } = stage;
    await patient.charts.create({ ...stage.chartParameters, custodians: [], threshold: 0 });
    await patient.records.add(KIND, { units: stage.units(1, 'offline') });
    const [unit] = await patient.records.list(KIND);
    const [first] = await patient.records.open(KIND, unit!);
    expect(decodeUtf8(first!.bytes)).toBe('offline 0 a');
    expect(isWholeLog(await patient.access.log(KIND), patient.keys.chart(KIND))).toBe(true);
  });
});

describe('headers of two devices', () => {
  it('come one after the other: who is slower makes the change again on top', async () => {
    const { patient, network } = stage;
    await stage.makeChart();
    const store = memoryEventStore();
    await store.append(patient.keys.events.map((event) => WalletEvent.encode(event)));
    const other = await network.person(store);
    const until = patient.connection.now() + 1000;
    const common = { chart: KIND, purposes: ['TREAT'], until } as const;
    const made = await Promise.all([
      patient.consent.grant({ ...common, grantee: network.id('hospital-b') }),
      other.consent.grant({ ...common, grantee: network.id('laboratory') }),
    ]);
    const { current } = await state();
    expect(current.header.version).toBe(2);
    const vaults = new Vaults(network.vaults, patient.connection);
    const { leaves } = Roster.decode(await vaults.object(current.header.roster));
    const listed = new Set(leaves.map(toHex));
    // Neither device knows of the other's grant, and neither takes it back.
    expect(made.map(({ leaf }) => listed.has(toHex(leaf)))).toEqual([true, true]);
  });

  it('name the device whose epoch this one does not know, until the two merge', async () => {
    const { patient, network } = stage;
    await stage.makeChart();
    const store = memoryEventStore();
    await store.append(patient.keys.events.map((event) => WalletEvent.encode(event)));
    const other = await network.person(store);
    await other.charts.rotate(KIND);
    const rotate = () => patient.charts.rotate(KIND);
    expect(await codeOfAsync(rotate)).toBe('EPOCH_UNKNOWN');
    // An epoch of the same number that was begun here in vain is not the chart's.
    const [seed, chart] = [network.random.bytes(32), patient.keys.chart(KIND).chart];
    await patient.keys.record({ kind: 'epochMade', chart, epoch: 1, seed });
    expect(await codeOfAsync(rotate)).toBe('EPOCH_UNKNOWN');
    await patient.keys.merge(other.keys.events);
    await rotate();
    expect((await state()).current.header.epoch.number).toBe(2);
  });

  it('are made again when the vault refuses before the ledger does', async () => {
    const { patient, network } = stage;
    await stage.makeChart();
    const store = memoryEventStore();
    await store.append(patient.keys.events.map((event) => WalletEvent.encode(event)));
    const other = await network.person(store);
    let isFirst = true;
    instead('memory://vault', async (request, server) => {
      const isHeader = request.method === 'PUT' && request.target.endsWith('/header');
      if (isHeader && isFirst) {
        isFirst = false;
        await other.charts.rotate(KIND);
        await patient.keys.merge(other.keys.events);
      }
      return server.send(request);
    });
    await patient.charts.rotate(KIND);
    expect((await state()).current.header).toMatchObject({ version: 2, epoch: { number: 2 } });
  });
});

describe('what a vault sees of a chart', () => {
  it('is not which leaves are grants: others stay, and seeds are for the same', async () => {
    const { patient, network } = stage;
    await stage.makeChart();
    const vaults = new Vaults(network.vaults, patient.connection);
    const leavesNow = async () => {
      const { header } = (await state()).current;
      const { leaves } = Roster.decode(await vaults.object(header.roster));
      const { seeds } = SeedsObject.decode(await vaults.object(header.seeds));
      return {
        roster: new Set(leaves.map(toHex)),
        seeds: new Set(seeds.map(({ leaf }) => toHex(leaf))),
      };
    };
    const before = await leavesNow();
    expect(before.seeds).toEqual(before.roster);
    await stage.grant();
    const granted = await leavesNow();
    expect([...granted.roster].filter((leaf) => before.roster.has(leaf))).toHaveLength(3);
    await patient.charts.rotate(KIND);
    const rotated = await leavesNow();
    expect(rotated.roster).toEqual(granted.roster);
    expect(rotated.seeds).toEqual(rotated.roster);
  });
});

describe('an epoch that is closed', () => {
  it('has the counts of its sources, and of a unit that slipped in between', async () => {
    const { patient, writer, network } = stage;
    const chart = await stage.makeChart();
    await patient.consent.grant({
      ...{ chart: KIND, grantee: network.id('hospital-b'), purposes: ['TREAT'] },
      until: patient.connection.now() + 1000,
    });
    await stage.write(chart, stage.units(2, 'before'));
    let isFirst = true;
    instead('memory://node', async (request, server) => {
      // The header of the new epoch is about to be carried: its counts are made already.
      if (request.target.startsWith('/v1/slots') && isFirst) {
        isFirst = false;
        stage.network.overrides.clear();
        const view = await patient.charts.view(KIND);
        expect(view.current.header.epoch.number).toBe(0);
        await stage.write(chart, stage.units(1, 'slips in'), writer);
      }
      return server.send(request);
    });
    await patient.charts.rotate(KIND);
    const { header } = (await state()).current;
    const kept = patient.keys.chart(KIND);
    const object = await new Vaults(network.vaults, patient.connection).object(header.sources);
    const seed = kept.epochs.get(1)!;
    const { previous } = await openSources(object, { seed, epoch: 1 }, patient.connection.realm);
    expect(previous!.closed.map(({ count }) => count)).toEqual([3]);
    expect(header.version).toBeGreaterThan(2);
  });

  it('is counted to its end by the next change where a crash kept it from that', async () => {
    const { patient, network } = stage;
    const chart = await stage.makeChart();
    await stage.write(chart, stage.units(1, 'before'));
    const store = memoryEventStore();
    const events = () => patient.keys.events.map((event) => WalletEvent.encode(event));
    await patient.charts.rotate(KIND);
    // The last thing that the wallet remembers of a rotation is that it counted.
    await store.append(events().slice(0, -1));
    const again = await network.person(store);
    expect(again.keys.chart(KIND).countedEpoch).toBe(0);
    const until = again.connection.now() + 1000;
    const grantee = network.id('hospital-b');
    await again.consent.grant({ chart: KIND, grantee, purposes: ['TREAT'], until });
    expect(again.keys.chart(KIND).countedEpoch).toBe(1);
  });
});
