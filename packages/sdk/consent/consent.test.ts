import { Grant, openSources } from '@ward/charts';
import { decodeUtf8, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendLetter } from '../charts/make-card.ts';
import { Vaults } from '../connection/vaults.ts';

const crypto = await loadCrypto();
let stage: ChartStage;
let chart: Uint8Array;

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  chart = await stage.makeChart();
});
afterEach(() => stage.close());

const header = async () => (await stage.patient.charts.view(KIND)).current.header;
const listed = () => stage.patient.consent.list(KIND);

describe('a grant', () => {
  it('says what the owner said, and what was left unsaid is narrow', async () => {
    const { patient, network } = stage;
    await stage.write(chart, stage.units(1, 'of all'));
    const [unit] = await patient.records.list(KIND);
    const now = patient.connection.now();
    const { grant, leaf } = await stage.grant({
      ...{ purposes: ['TREAT', 'CAREMGT'], units: [unit!.label!], from: now + 5 },
      ...{ until: now + 50, openingsMax: 2, unitsPerOpeningMax: 1 },
    });
    expect(grant).toMatchObject({
      ...{ grantee: network.id('hospital-b'), actions: ['read'], units: [unit!.label] },
      ...{ from: now + 5, until: now + 50, openingsMax: 2, unitsPerOpeningMax: 1 },
      ...{ conditions: [], writePart: null },
    });
    expect([...grant.purposes].sort()).toEqual(['CAREMGT', 'TREAT']);
    expect(stage.reader.keys.grant(leaf).grant).toEqual(grant);
    const plain = await stage.grant();
    expect(plain.grant).toMatchObject({ units: null, openingsMax: 100, unitsPerOpeningMax: 20 });
    expect(plain.grant.from).toBe(now);
  });

  it('is refused with words that there are not, before anything is published', async () => {
    const { version } = await header();
    const wrong = [
      { purposes: ['MARKETING'] },
      { purposes: [] },
      { openingsMax: 901 },
      { isFromNowOn: true, purposes: ['MARKETING'] },
    ];
    for (const change of wrong) {
      const code = await codeOfAsync(() => stage.grant(change));
      expect(code, JSON.stringify(change)).toMatch(/WORD_UNKNOWN|FORMAT_RANGE/);
    }
    expect((await header()).version).toBe(version);
    expect(listed()).toEqual([]);
  });

  it('is not yet, then active, then expired', async () => {
    const now = stage.patient.connection.now();
    await stage.grant({ from: now + 10, until: now + 20 });
    expect(listed()).toMatchObject([{ state: 'not-yet', isSent: true }]);
    await stage.network.pass(10);
    expect(listed()).toMatchObject([{ state: 'active' }]);
    await stage.network.pass(10);
    expect(listed()).toMatchObject([{ state: 'expired' }]);
  });

  it('shows what was written over several epochs to whoever was away', async () => {
    await stage.write(chart, stage.units(1, 'first'));
    const { leaf } = await stage.grant();
    for (const name of ['second', 'third', 'fourth']) {
      await stage.patient.charts.rotate(KIND);
      await stage.write(chart, stage.units(1, name));
    }
    const seen = await stage.reader.access.list(leaf);
    expect(seen.map(({ epoch, problem }) => [epoch, problem])).toEqual(
      [0, 1, 2, 3].map((epoch) => [epoch, undefined]),
    );
    const opened = await stage.open(leaf, seen);
    const texts = opened.units.flatMap(({ records }) => records.map(({ bytes }) => bytes));
    expect(texts.map((text) => decodeUtf8(text)).sort()).toEqual(
      ['first', 'fourth', 'second', 'third'].flatMap((name) => [`${name} 0 a`, `${name} 0 b`]),
    );
  });

  it('from now on shows nothing of before, whatever is guessed', async () => {
    await stage.write(chart, stage.units(1, 'before'));
    const { leaf } = await stage.grant({ isFromNowOn: true });
    const [late] = await stage.write(chart, stage.units(1, 'after'));
    expect((await header()).epoch.number).toBe(1);
    const seen = await stage.reader.access.list(leaf);
    expect(seen.map(({ label }) => toHex(label!))).toEqual([toHex(late!.label)]);
    const granted = stage.reader.keys.grant(leaf);
    expect([...granted.seeds.keys()]).toEqual([1]);
    // The end of the old epoch is named to readers, but its list opens with the old seed only.
    const { vaults } = stage.network;
    const { connection } = stage.reader;
    const object = await new Vaults(vaults, connection).object((await header()).sources);
    const seed = granted.seeds.get(1)!;
    const { previous } = await openSources(object, { seed, epoch: 1 }, connection.realm);
    const old = await new Vaults(vaults, connection).object(previous!.object);
    const open = () => openSources(old, { seed, epoch: 0 }, connection.realm);
    expect(await codeOfAsync(open)).toBe('SOURCES_INVALID');
  });

  it('of some units shows and opens no others', async () => {
    await stage.write(chart, stage.units(3, 'of some'));
    const all = await stage.patient.records.list(KIND);
    const { leaf } = await stage.grant({ units: [all[1]!.label!] });
    const seen = await stage.reader.access.list(leaf);
    expect(seen.map(({ n }) => n)).toEqual([1]);
    const whole = await stage.grant();
    const others = await stage.reader.access.list(whole.leaf);
    const code = await codeOfAsync(() => stage.open(leaf, [others[0]!]));
    expect(code).toBe('UNIT_NOT_GRANTED');
  });

  it('to write is a card as well, and what comes by it is solicited', async () => {
    await stage.grant({ actions: ['read', 'write'] });
    expect(stage.reader.keys.card(chart).recipient).toEqual(stage.network.id('hospital-b'));
    await stage.write(chart, stage.units(2, 'by a grant'), stage.reader);
    const units = await stage.patient.records.list(KIND);
    expect(units.map(({ isUnsolicited, problem }) => [isUnsolicited, problem])).toEqual([
      [false, undefined],
      [false, undefined],
    ]);
  });

  it('is not made to an organisation with another key, unless that is accepted', async () => {
    const { patient, reader, network } = stage;
    await stage.grant();
    const sealingKey = crypto.kem.openingKey(network.random.bytes(32)).sealingKey.bytes;
    await reader.network.update({ sealingKey });
    await network.pass(10);
    const until = patient.connection.now() + 100;
    const grantee = network.id('hospital-b');
    const parameters = { chart: KIND, grantee, purposes: ['TREAT'], until } as const;
    const count = listed().length;
    expect(await codeOfAsync(() => patient.consent.grant(parameters))).toBe(
      'ORGANISATION_KEY_CHANGED',
    );
    expect(listed()).toHaveLength(count);
    await patient.consent.grant({ ...parameters, acceptChangedKey: true });
    await patient.consent.grant({ ...parameters, until: until + 1 });
    expect(listed()).toHaveLength(count + 2);
  });

  it('that did not reach the inbox is one with that of the next same call', async () => {
    const { network, patient } = stage;
    const vault = network.server('memory://vault');
    network.overrides.set('memory://vault', {
      name: 'vault',
      send: (request) =>
        request.target.startsWith('/v1/inboxes')
          ? Promise.reject(new Error('cut off'))
          : vault.send(request),
    });
    const until = patient.connection.now() + 1000;
    expect(await codeOfAsync(() => stage.grant({ until }))).toBe('SERVER_UNREACHABLE');
    expect(listed()).toMatchObject([{ isSent: false, state: 'active' }]);
    network.overrides.clear();
    await network.pass(5);
    const { leaf } = await stage.grant({ until });
    expect(listed()).toMatchObject([{ leaf, isSent: true }]);
    expect(stage.reader.access.grants()).toHaveLength(1);
    await stage.grant({ until });
    expect(listed()).toHaveLength(2);
  });
});

describe('a grant that ends', () => {
  it('by revocation opens nothing from the next block on, and learns no later epoch', async () => {
    await stage.write(chart, stage.units(1, 'before'));
    const { leaf } = await stage.grant();
    const seen = await stage.reader.access.list(leaf);
    await stage.patient.consent.revoke(KIND, leaf);
    expect(await codeOfAsync(() => stage.open(leaf, seen))).toBe('GRANT_REVOKED');
    expect(await codeOfAsync(() => stage.reader.access.list(leaf))).toBe('GRANT_REVOKED');
    expect([...stage.reader.keys.grant(leaf).seeds.keys()]).toEqual([0]);
    expect(listed()).toMatchObject([{ state: 'revoked' }]);
    const unknown = () => stage.patient.consent.revoke(KIND, new Uint8Array(32));
    expect(await codeOfAsync(unknown)).toBe('GRANT_UNKNOWN');
  });

  it('leaves the other readers theirs', async () => {
    const first = await stage.grant();
    const second = await stage.grant();
    await stage.patient.consent.revoke(KIND, first.leaf);
    const [unit] = await stage.write(chart, stage.units(1, 'after'));
    const seen = await stage.reader.access.list(second.leaf);
    expect(seen.map(({ label }) => label)).toEqual([unit!.label]);
    expect((await stage.open(second.leaf, seen)).units).toHaveLength(1);
  });

  it('can be revoked again where the first call did not end', async () => {
    const { leaf } = await stage.grant();
    stage.network.silence('memory://vault');
    const revoke = () => stage.patient.consent.revoke(KIND, leaf);
    expect(await codeOfAsync(revoke)).toBe('SERVER_UNREACHABLE');
    stage.network.overrides.clear();
    await revoke();
    expect(await codeOfAsync(() => stage.reader.access.view(leaf))).toBe('GRANT_REVOKED');
  });

  it('by time is refused on the second, and leaves the roster with the next epoch', async () => {
    await stage.write(chart, stage.units(1, 'before'));
    const until = stage.patient.connection.now() + 100;
    const { leaf } = await stage.grant({ until });
    const seen = await stage.reader.access.list(leaf);
    await stage.network.pass(99);
    await stage.open(leaf, seen);
    await stage.network.pass(1);
    expect(await codeOfAsync(() => stage.open(leaf, seen))).toBe('GRANT_EXPIRED');
    await stage.reader.access.view(leaf);
    await stage.patient.charts.rotate(KIND);
    expect(await codeOfAsync(() => stage.reader.access.view(leaf))).toBe('GRANT_REVOKED');
    expect(Grant.decode(stage.patient.keys.chart(KIND).grants.get(toHex(leaf))!.grant).until).toBe(
      until,
    );
  });
});

describe('a card', () => {
  it('lists its organisation once, however often it is made', async () => {
    const { patient, network } = stage;
    const [first, second] = [
      await patient.charts.card(KIND, network.id('hospital-a')),
      await patient.charts.card(KIND, network.id('hospital-a')),
    ];
    expect(second).toEqual(first);
    await stage.write(chart, stage.units(1, 'once'));
    const { leaf } = await stage.grant();
    expect(await stage.reader.access.list(leaf)).toHaveLength(1);
  });

  it('brings its units to readers also where no header named its writer', async () => {
    await stage.write(chart, stage.units(1, 'unnamed'));
    expect((await header()).version).toBe(0);
    await stage.patient.charts.rotate(KIND);
    const { leaf } = await stage.grant();
    expect(await stage.reader.access.list(leaf)).toMatchObject([{ epoch: 0, problem: undefined }]);
  });

  it('that anyone may use brings units that are unsolicited until they are accepted', async () => {
    const { patient, reader, network } = stage;
    const card = await patient.charts.card(KIND, null);
    expect(card.recipient).toHaveLength(32);
    await reader.access.takeCard(card);
    await stage.write(chart, stage.units(1, 'by any'), reader);
    const [unit] = await patient.records.list(KIND);
    expect(unit).toMatchObject({ isUnsolicited: true, problem: undefined });
    const { leaf } = await stage.grant();
    expect(await reader.access.list(leaf)).toEqual([]);
    const stranger = () => patient.records.accept(KIND, network.id('laboratory'));
    expect(await codeOfAsync(stranger)).toBe('CARD_UNKNOWN');
    await patient.records.accept(KIND, network.id('hospital-b'));
    expect(await patient.records.list(KIND)).toMatchObject([{ isUnsolicited: false }]);
    expect(await reader.access.list(leaf)).toHaveLength(1);
  });

  it('from a stranger does not take the place of the patient’s', async () => {
    const { patient, writer, network } = stage;
    const own = writer.keys.card(chart);
    const thief = await network.person();
    await thief.charts.create(stage.chartParameters);
    const forged = { ...own, writeSecret: network.random.bytes(32) };
    const letter = { kind: 'card' as const, card: forged };
    const organisation = network.id('hospital-a');
    await sendLetter(thief.keys, { organisation, letter }, thief.connection);
    expect(await writer.access.collect()).toEqual({ cards: 0, grants: 0, rejected: 1 });
    expect(writer.keys.card(chart)).toEqual(own);
    const foreign = { ...own, network: network.random.bytes(32) };
    expect(await codeOfAsync(() => writer.access.takeCard(foreign))).toBe('CARD_FOREIGN');
    await patient.charts.sendCard(KIND, organisation);
    expect(await writer.access.collect()).toMatchObject({ cards: 1 });
  });
});
