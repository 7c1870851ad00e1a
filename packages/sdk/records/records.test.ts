import { ObjectContents, ObjectNames } from '@ward/charts';
import { decodeUtf8, type Transport, toHex, type WireRequest } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND, textRecord } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWard, type OrganisationWard } from '../create-ward.ts';
import { memoryEventStore } from '../event-log.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';
import type { UnitToAdd } from './add-units.ts';

const crypto = await loadCrypto();
const VAULT = 'memory://vault';
const NODE = 'memory://node';
let stage: ChartStage;
let chart: Uint8Array;

beforeEach(async () => {
  stage = await ChartStage.start(crypto, { hasSecondVault: true });
  chart = await stage.makeChart();
});
afterEach(() => stage.close());

const timeline = () => stage.patient.records.list(KIND);
const places = async () =>
  (await timeline()).map(({ epoch, n, problem }) => `${epoch}/${n}${problem ?? ''}`).sort();

/** Does something before a request that is looked for goes on; once. */
function before(
  origin: string,
  isIt: (request: WireRequest) => boolean,
  work: () => Promise<unknown>,
) {
  const server = stage.network.server(origin);
  let isOver = false;
  const send: Transport['send'] = async (request, options) => {
    if (!isOver && isIt(request)) {
      isOver = true;
      await work();
    }
    return server.send(request, options);
  };
  stage.network.overrides.set(origin, { name: origin, send });
}

/** Hospital A's key service as it was before something happened: restored from an old copy. */
async function olderCopy(): Promise<() => Promise<OrganisationWard>> {
  const { store } = stage.network.organisations.get('hospital-a')!;
  const events = await store.load();
  return async () => {
    const copy = memoryEventStore();
    await copy.append(events);
    const { networkFile, clock, random } = stage.network;
    const transport = (origin: string) => stage.network.transport(origin);
    const common = { networkFile, transport, clock, crypto, random, carrierDelayMsMax: 0 };
    return createWard({ ...common, keyService: copy });
  };
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

type Contents = readonly (Uint8Array | null)[];

/** Changes what a vault answers when it is asked for several objects. */
function alterObjects(
  origin: string,
  change: (objects: Contents, names: readonly Uint8Array[]) => Contents,
): void {
  const server = stage.network.server(origin);
  stage.network.overrides.set(origin, {
    name: origin,
    send: async (request) => {
      const answer = await server.send(request);
      const isBody = request.target.includes('/bodies/');
      if (request.target !== '/v1/objects' && !isBody) return answer;
      const bytes = await bytesOf(answer.body);
      if (isBody) return { ...answer, body: one(change([bytes], [])[0]!) };
      const { names } = ObjectNames.decode(request.body as Uint8Array);
      const { objects } = ObjectContents.decode(bytes);
      return { ...answer, body: one(ObjectContents.encode({ objects: change(objects, names) })) };
    },
  });
}

function flipped(bytes: Uint8Array): Uint8Array {
  const altered = bytes.slice();
  altered[20]! ^= 1;
  return altered;
}

describe('units that an organisation adds', () => {
  it('are there once, whatever is added twice: in a call, in a batch, in a unit', async () => {
    const [one, two] = stage.units(2, 'twice');
    const mixed: UnitToAdd = { ...one!, records: [one!.records[0]!, two!.records[0]!] };
    expect(await stage.write(chart, [one!, one!, mixed])).toHaveLength(2);
    expect(await stage.write(chart, [one!, mixed, two!])).toHaveLength(1);
    const units = await timeline();
    const texts = [];
    for (const unit of units) {
      for (const { bytes } of await stage.patient.records.open(KIND, unit))
        texts.push(decodeUtf8(bytes));
    }
    expect(texts.sort()).toEqual(['twice 0 a', 'twice 0 b', 'twice 1 a', 'twice 1 b']);
  });

  it('tell how far they are, what was left out included', async () => {
    const seen: unknown[] = [];
    const onProgress = (progress: unknown) => seen.push(progress);
    const units = stage.units(3, 'progress');
    const common = { chart, credential: 'device', onProgress };
    await stage.writer.records.add({ ...common, units: units.slice(0, 1) });
    await stage.writer.records.add({ ...common, units });
    expect(seen).toEqual([
      { units: 1, records: 2, skipped: 0 },
      { units: 2, records: 4, skipped: 2 },
    ]);
  });

  it('need a card, and a chart that is open', async () => {
    const units = stage.units(1, 'refused');
    expect(await codeOfAsync(() => stage.write(chart, units, stage.reader))).toBe('CARD_UNKNOWN');
    await stage.patient.charts.erase(KIND);
    expect(await codeOfAsync(() => stage.write(chart, units))).toBe('CHART_NOT_OPEN');
  });

  it('are written again where an epoch begins under them, and are known afterwards', async () => {
    const units = stage.units(2, 'epoch');
    before(
      NODE,
      ({ target }) => target.startsWith('/v1/transactions'),
      () => stage.patient.charts.rotate(KIND),
    );
    const added = await stage.write(chart, units);
    expect(added.map(({ epoch, n }) => [epoch, n])).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(await stage.write(chart, units)).toEqual([]);
  });

  it('stay where they are when only the roster changes under them', async () => {
    before(
      NODE,
      ({ target }) => target.startsWith('/v1/transactions'),
      () => stage.grant(),
    );
    const added = await stage.write(chart, stage.units(2, 'roster'));
    expect(added.map(({ epoch, n }) => [epoch, n])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(await places()).toEqual(['0/0', '0/1']);
  });

  it('leave no hole and no double behind a key service that was restored', async () => {
    const restore = await olderCopy();
    await stage.write(chart, stage.units(3, 'forgotten'));
    const restored = await restore();
    const added = await stage.write(chart, stage.units(5, 'restored'), restored);
    expect(added.map(({ n }) => n)).toEqual([3, 4, 5, 6, 7]);
    expect(await places()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => `0/${n}`));
    await stage.write(chart, stage.units(1, 'later'), restored);
    expect(await places()).toContain('0/8');
  });

  it('of two calls at once have places of their own', async () => {
    const [one, two] = await Promise.all([
      stage.write(chart, stage.units(3, 'one')),
      stage.write(chart, stage.units(3, 'two')),
    ]);
    expect([...one, ...two].map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await places()).toHaveLength(6);
  });

  it('stand in every vault of the chart, and are read from the one that is left', async () => {
    await stage.write(chart, stage.units(2, 'two vaults'));
    for (const origin of [VAULT, 'memory://second-vault']) {
      stage.network.silence(origin);
      expect(await places()).toEqual(['0/0', '0/1']);
      const [unit] = await timeline();
      expect(await stage.patient.records.open(KIND, unit!)).toHaveLength(2);
      stage.network.overrides.clear();
    }
  });

  it('of many records are found whole: a vault gives as much at once as it likes', async () => {
    const records = Array.from({ length: 40 }, (_, i) => textRecord(`many ${i}`, crypto));
    const units = records.map(
      (record) => ({ caption: { kind: 'encounter', month: 1 }, records: [record] }) as const,
    );
    await stage.write(chart, units);
    for (const origin of [VAULT, 'memory://second-vault']) {
      alterObjects(origin, (objects) => {
        let left = 3;
        return objects.map((bytes) => (bytes !== null && left-- > 0 ? bytes : null));
      });
    }
    expect((await timeline()).filter(({ problem }) => problem !== undefined)).toEqual([]);
  });
});

describe('units of the owner’s own', () => {
  const add = (units: readonly UnitToAdd[]) => stage.patient.records.add(KIND, { units });

  it('are there once, also when two calls add them at once', async () => {
    const units = stage.units(3, 'own');
    const [one, two] = await Promise.all([add(units), add(units)]);
    expect([one.length, two.length]).toEqual([3, 0]);
    expect(await places()).toEqual(['0/0', '0/1', '0/2']);
  });

  it('whose slot a crash left out are carried before anything new', async () => {
    const [first, second, third] = stage.units(3, 'own');
    await add([first!]);
    stage.network.overrides.set(NODE, {
      name: NODE,
      send: (request) =>
        request.target.startsWith('/v1/slots')
          ? Promise.reject(new Error('cut off'))
          : stage.network.server(NODE).send(request),
    });
    expect(await codeOfAsync(() => add([second!]))).toBe('SERVER_UNREACHABLE');
    stage.network.overrides.clear();
    expect((await add([second!, third!])).map(({ n }) => n)).toEqual([2]);
    expect(await places()).toEqual(['0/0', '0/1', '0/2']);
  });

  it('whose epoch ended before their slot was carried are written anew', async () => {
    const [unit] = stage.units(1, 'own');
    stage.network.overrides.set(NODE, {
      name: NODE,
      send: (request) =>
        request.target.startsWith('/v1/slots')
          ? Promise.reject(new Error('cut off'))
          : stage.network.server(NODE).send(request),
    });
    expect(await codeOfAsync(() => add([unit!]))).toBe('SERVER_UNREACHABLE');
    stage.network.overrides.clear();
    await stage.patient.charts.rotate(KIND);
    expect((await add([unit!])).map(({ epoch, n }) => [epoch, n])).toEqual([[1, 0]]);
    expect(await places()).toEqual(['1/0']);
    const { leaf } = await stage.grant();
    expect(await stage.reader.access.list(leaf)).toHaveLength(1);
  });

  it('of two devices take places of their own', async () => {
    const store = memoryEventStore();
    await store.append(stage.patient.keys.events.map((event) => WalletEvent.encode(event)));
    const other = await stage.network.person(store);
    await add(stage.units(2, 'one device'));
    const added = await other.records.add(KIND, { units: stage.units(2, 'other device') });
    expect(added.map(({ n }) => n)).toEqual([2, 3]);
    await stage.patient.keys.merge(other.keys.events);
    expect(await places()).toEqual(['0/0', '0/1', '0/2', '0/3']);
  });

  it('are announced to readers before they are written, however many', async () => {
    const { leaf } = await stage.grant();
    const units = Array.from({ length: 130 }, (_, i) => ({
      caption: { kind: 'encounter', month: 1 } as const,
      records: [textRecord(`own ${i}`, crypto)],
    }));
    await add(units);
    expect(await stage.reader.access.list(leaf)).toHaveLength(130);
  }, 120_000);
});

describe('what is wrong with a unit', () => {
  it('is shown: a manifest that no vault gives, or another in its place', async () => {
    const [first] = await stage.write(chart, stage.units(2, 'withheld'));
    for (const origin of [VAULT, 'memory://second-vault']) {
      alterObjects(origin, (objects, names) =>
        objects.map((bytes, i) =>
          bytes && toHex(names[i]!) === toHex(first!.commitment) ? flipped(bytes) : bytes,
        ),
      );
    }
    expect(await places()).toEqual(['0/0withheld', '0/1']);
    const check = await stage.patient.records.verify(KIND);
    expect(check).toMatchObject({ units: 2, records: 2, broken: [{ code: 'withheld' }] });
  });

  it('is told apart: a record that was altered, that is erased, that nobody gives', async () => {
    await stage.write(chart, stage.units(1, 'altered'));
    const [unit] = await timeline();
    const alter = (origin: string) =>
      alterObjects(origin, (objects) => objects.map((bytes) => bytes && flipped(bytes)));
    const open = () => stage.patient.records.open(KIND, unit!);
    alter(VAULT);
    expect(await open()).toHaveLength(2);
    alter('memory://second-vault');
    expect(await codeOfAsync(open)).toBe('OBJECT_MISMATCH');
    stage.network.silence('memory://second-vault');
    expect(await codeOfAsync(open)).toBe('OBJECT_MISMATCH');
    stage.network.silence(VAULT);
    expect(await codeOfAsync(open)).toBe('SERVER_UNREACHABLE');
    stage.network.overrides.clear();
    const { missing } = await stage.patient.records.eraseRecord(KIND, unit!, 0);
    expect(missing).toBe(0);
    const { leaf } = await stage.grant();
    const seen = await stage.reader.access.list(leaf);
    expect(await codeOfAsync(() => stage.open(leaf, seen))).toBe('RECORD_ERASED');
    expect((await open()).map(({ index }) => index)).toEqual([1]);
  });
});
