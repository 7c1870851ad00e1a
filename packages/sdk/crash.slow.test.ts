import { decodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { FailingEffects } from '@ward/testkit/failing-effects';
import { afterAll, describe, expect, it } from 'vitest';
import type { OrganisationWard, PersonWard } from './create-ward.ts';
import { type EventStore, memoryEventStore } from './event-log.ts';

// A client dies at its k-th effect, for every k, before and behind it; another opens its store and
// makes the same call again. What the ledger and the readers have then is what one call makes.

const crypto = await loadCrypto();
const stages: ChartStage[] = [];
afterAll(() => Promise.all(stages.map((stage) => stage.close())));

async function makeStage(): Promise<ChartStage> {
  // As many openings as there are effects to die at tell their owner, all on one day.
  const stage = await ChartStage.start(crypto, { vaultLimits: { noticesDayMax: 1000 } });
  stages.push(stage);
  return stage;
}

/** A person's client on a store, whose effects may fail. */
function person(stage: ChartStage, store: EventStore, effects?: FailingEffects) {
  if (effects === undefined) return stage.network.person(store);
  const transport = (origin: string) => effects.transport(stage.network.transport(origin));
  return stage.network.person(effects.store(store), { transport });
}

/** Every way to die: before and behind each effect, until a run has so few that it lives. */
async function atEveryEffect(
  run: (effects: FailingEffects, name: string) => Promise<unknown>,
): Promise<number> {
  for (let dieAt = 0; ; dieAt++) {
    let lived = 0;
    for (const isDone of [false, true]) {
      const effects = new FailingEffects(dieAt, isDone);
      await run(effects, `effect ${dieAt} ${isDone ? 'behind' : 'before'}`);
      if (!effects.isDead) lived++;
    }
    if (lived === 2) return dieAt;
  }
}

/** A call that may die, and what comes of it is looked at by others. */
async function mayDie(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // A dead client says so, or its own words for a server that it cannot reach.
    expect(error).toBeInstanceOf(Error);
  }
}

async function texts(ward: PersonWard): Promise<string[]> {
  const units = await ward.records.list(KIND);
  expect(units.filter(({ problem }) => problem !== undefined)).toEqual([]);
  const found: string[] = [];
  for (const unit of units) {
    for (const { bytes } of await ward.records.open(KIND, unit)) found.push(decodeUtf8(bytes));
  }
  return found.sort();
}

const recordsOf = (...names: string[]) =>
  names.flatMap((name) => [`${name} 0 a`, `${name} 0 b`]).sort();

describe('a client that dies at any of its effects', () => {
  it('makes one chart, which works', async () => {
    const stage = await makeStage();
    const effects = await atEveryEffect(async (dying, name) => {
      const store = memoryEventStore();
      await mayDie(async () => {
        const ward = await person(stage, store, dying);
        await ward.charts.create(stage.chartParameters);
      });
      const again = await person(stage, store);
      const charts = () => again.charts.list().filter(({ isErased }) => !isErased);
      if (charts()[0]?.version !== 0) await again.charts.create(stage.chartParameters);
      expect(charts(), name).toHaveLength(1);
      expect((await again.charts.view(KIND)).current.header.version, name).toBe(0);
    });
    expect(effects).toBeGreaterThan(12);
  });

  it('adds own units once, and leaves no hole', async () => {
    const stage = await makeStage();
    const unit = (name: string) => stage.units(1, name)[0]!;
    await atEveryEffect(async (dying, name) => {
      const store = memoryEventStore();
      const first = await person(stage, store);
      await first.charts.create(stage.chartParameters);
      await mayDie(async () => {
        const ward = await person(stage, store, dying);
        await ward.records.add(KIND, { units: [unit('one'), unit('two')] });
      });
      const again = await person(stage, store);
      await again.records.add(KIND, { units: [unit('one'), unit('two')] });
      await again.records.add(KIND, { units: [unit('three')] });
      expect(await texts(again), name).toEqual(recordsOf('one', 'two', 'three'));
    });
  });

  it('grants once, and what it granted arrives', async () => {
    const stage = await makeStage();
    await atEveryEffect(async (dying, name) => {
      const store = memoryEventStore();
      const first = await person(stage, store);
      await first.charts.create(stage.chartParameters);
      const until = first.connection.now() + 5000;
      const grantee = stage.network.id('hospital-b');
      const parameters = { chart: KIND, grantee, purposes: ['TREAT'], until } as const;
      await mayDie(async () => (await person(stage, store, dying)).consent.grant(parameters));
      const again = await person(stage, store);
      const isWhole = () => again.consent.list(KIND).some(({ isSent }) => isSent);
      if (!isWhole()) await again.consent.grant(parameters);
      const [made, ...others] = again.consent.list(KIND);
      expect([made?.isSent, others.length], name).toEqual([true, 0]);
      await stage.reader.access.collect();
      expect((await stage.reader.access.view(made!.leaf)).grant.until, name).toBe(until);
    });
  });

  it('revokes, and what is written afterwards is for those who stay', async () => {
    const stage = await makeStage();
    await atEveryEffect(async (dying, name) => {
      const store = memoryEventStore();
      const first = await person(stage, store);
      await first.charts.create(stage.chartParameters);
      const until = first.connection.now() + 5000;
      const grantee = stage.network.id('hospital-b');
      const parameters = { chart: KIND, grantee, purposes: ['TREAT'], until } as const;
      const [stays, goes] = [
        await first.consent.grant(parameters),
        await first.consent.grant(parameters),
      ];
      await mayDie(async () => (await person(stage, store, dying)).consent.revoke(KIND, goes.leaf));
      const again = await person(stage, store);
      await again.consent.revoke(KIND, goes.leaf);
      await again.records.add(KIND, { units: stage.units(1, 'after') });
      await stage.reader.access.collect();
      const seen = await stage.reader.access.list(stays.leaf);
      expect(
        seen.map(({ problem }) => problem),
        name,
      ).toEqual([undefined]);
      await expect(stage.reader.access.view(goes.leaf)).rejects.toMatchObject({
        code: 'GRANT_REVOKED',
      });
    });
  });

  it('takes a chart back from a thief', async () => {
    const stage = await makeStage();
    await atEveryEffect(async (dying, name) => {
      const store = memoryEventStore();
      const first = await person(stage, store);
      await first.charts.create(stage.chartParameters);
      await first.records.add(KIND, { units: stage.units(1, 'before') });
      await mayDie(async () => (await person(stage, store, dying)).charts.rotateCold(KIND));
      const again = await person(stage, store);
      await again.charts.rotateCold(KIND);
      await again.records.add(KIND, { units: stage.units(1, 'after') });
      expect(await texts(again), name).toEqual(recordsOf('after', 'before'));
    });
  });

  it('writes units of an organisation once, and leaves no hole', async () => {
    const stage = await makeStage();
    const { store } = stage.network.organisations.get('hospital-a')!;
    await atEveryEffect(async (dying, name) => {
      const patient = await stage.network.person();
      const chart = await stage.makeChart(patient);
      await mayDie(async () => {
        const ward = await organisation(stage, dying);
        await stage.write(chart, stage.units(1, 'one'), ward);
        await stage.write(chart, stage.units(1, 'two'), ward);
      });
      const again = await organisation(stage);
      await stage.write(chart, [...stage.units(1, 'one'), ...stage.units(1, 'two')], again);
      await stage.write(chart, stage.units(1, 'three'), again);
      expect(await texts(patient), name).toEqual(recordsOf('one', 'two', 'three'));
    });
    expect((await store.load()).length).toBeGreaterThan(10);
  });

  it('opens units, and its log has no hole', async () => {
    const stage = await makeStage();
    const chart = await stage.makeChart();
    await stage.write(chart, stage.units(1, 'visit'));
    const person2 = await stage.enrol();
    await atEveryEffect(async (dying, name) => {
      const { leaf } = await stage.grant();
      const reader = await stage.network.organisation('hospital-b');
      const seen = await reader.access.list(leaf);
      await mayDie(async () => {
        const ward = await organisation(stage, dying, 'hospital-b');
        await stage.open(leaf, seen, { person: person2, ward });
      });
      const again = await stage.network.organisation('hospital-b');
      const opening = await stage.open(leaf, seen, { person: person2, ward: again });
      expect(opening.n, name).toBeLessThanOrEqual(1);
      const log = await stage.patient.access.log(KIND);
      const own = log.openings.filter((each) => Buffer.from(each.leaf).equals(leaf));
      expect(
        own.map(({ n }) => n),
        name,
      ).toEqual(own.map((_, i) => i));
      expect(own.at(-1)).toMatchObject({ n: opening.n, isUnexplained: false });
    });
  });

  function organisation(
    stage: ChartStage,
    effects?: FailingEffects,
    name: 'hospital-a' | 'hospital-b' = 'hospital-a',
  ): Promise<OrganisationWard> {
    if (effects === undefined) return stage.network.organisation(name);
    const { store } = stage.network.organisations.get(name)!;
    const transport = (origin: string) => effects.transport(stage.network.transport(origin));
    return stage.network.organisationOf(effects.store(store), { transport });
  }
});
