import { decodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersonWard } from '../create-ward.ts';
import { memoryEventStore } from '../event-log.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';
import { eraseChart } from './erase-chart.ts';

const crypto = await loadCrypto();
let stage: ChartStage;
let chart: Uint8Array;

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  chart = await stage.makeChart();
});
afterEach(() => stage.close());

/** The wallet as it is now, on another device, without the cold keys. */
async function copy(ward: PersonWard): Promise<PersonWard> {
  const store = memoryEventStore();
  await store.append(ward.keys.events.map((event) => WalletEvent.encode(event)));
  return stage.network.person(store);
}

describe('a chart that is taken back from a thief', () => {
  it('obeys the thief no more: headers, cards and mailbox are the owner’s', async () => {
    const { patient } = stage;
    const thief = await copy(patient);
    await patient.charts.rotateCold(KIND);
    expect(await codeOfAsync(() => thief.charts.rotate(KIND))).toBe('CHART_TAKEN');
    const add = () => thief.records.add(KIND, { units: stage.units(1, 'thief') });
    expect(await codeOfAsync(add)).toBe('EPOCH_UNKNOWN');
    const again = () => thief.charts.rotateCold(KIND);
    expect(await codeOfAsync(again)).toBe('CHART_TAKEN');
    const view = await patient.charts.view(KIND);
    expect(view.chart).toEqual(chart);
    expect(view.current.header.predecessors).toHaveLength(1);
    await patient.charts.rotate(KIND);
  });

  it('keeps what was before: units, cards, grants, mailbox, units of the owner’s own', async () => {
    const { patient, writer, reader } = stage;
    await stage.write(chart, stage.units(1, 'before'));
    await patient.records.add(KIND, { units: stage.units(1, 'own before') });
    const { leaf } = await stage.grant();
    const seen = await reader.access.list(leaf);
    await stage.open(leaf, seen.slice(0, 1));
    await patient.charts.rotateCold(KIND);
    await stage.write(chart, stage.units(1, 'after'), writer);
    await patient.records.add(KIND, { units: stage.units(1, 'own after') });
    const units = await patient.records.list(KIND);
    expect(units.map(({ problem }) => problem)).toEqual(Array(4).fill(undefined));
    const texts: string[] = [];
    for (const unit of units) {
      for (const { bytes } of await patient.records.open(KIND, unit)) texts.push(decodeUtf8(bytes));
    }
    expect(texts.sort()).toEqual(
      ['after', 'before', 'own after', 'own before'].flatMap((name) => [
        `${name} 0 a`,
        `${name} 0 b`,
      ]),
    );
    const now = await reader.access.list(leaf);
    expect(now.map(({ problem }) => problem)).toEqual(Array(4).fill(undefined));
    await stage.open(leaf, now);
    const log = await patient.access.log(KIND);
    expect(log.openings.map(({ isUnexplained }) => isUnexplained)).toEqual([false, false]);
  });

  it('has nothing left of what the thief granted, published or sealed to itself', async () => {
    const { patient, reader } = stage;
    await stage.write(chart, stage.units(1, 'before'));
    const kept = await stage.grant();
    const thief = await copy(patient);
    const stolen = await thief.consent.grant({
      ...{ chart: KIND, grantee: stage.network.id('hospital-b'), purposes: ['TREAT'] },
      until: patient.connection.now() + 5000,
      isFromNowOn: true,
    });
    await reader.access.collect();
    expect((await reader.access.view(stolen.leaf)).current.header.epoch.number).toBe(1);
    await patient.charts.rotateCold(KIND);
    expect(await codeOfAsync(() => reader.access.view(stolen.leaf))).toBe('GRANT_REVOKED');
    const { header } = (await patient.charts.view(KIND)).current;
    expect(header.epoch.number).toBe(2);
    await stage.write(chart, stage.units(1, 'after'));
    const seen = await reader.access.list(kept.leaf);
    expect(seen.map(({ epoch, problem }) => [epoch, problem])).toEqual([
      [0, undefined],
      [2, undefined],
    ]);
    expect((await stage.open(kept.leaf, seen)).units).toHaveLength(2);
  });

  it('is brought back where the thief erased it', async () => {
    const { patient } = stage;
    await stage.write(chart, stage.units(1, 'before'));
    const thief = await copy(patient);
    await eraseChart(thief.keys, thief.keys.chart(KIND), [], thief.connection);
    await patient.charts.rotateCold(KIND);
    expect((await patient.charts.view(KIND)).current.header.state).toBe('open');
    const { leaf } = await stage.grant();
    const seen = await stage.reader.access.list(leaf);
    expect((await stage.open(leaf, seen)).units).toHaveLength(1);
  });

  it('needs the cold key, which a backup has', async () => {
    const { patient } = stage;
    const backup = [...patient.keys.events];
    await patient.wallet.forgetColdKeys();
    const rotate = () => patient.charts.rotateCold(KIND);
    expect(await codeOfAsync(rotate)).toBe('COLD_KEY_MISSING');
    await patient.keys.merge(backup);
    await rotate();
    await rotate();
    const { header } = (await patient.charts.view(KIND)).current;
    expect(header.predecessors).toHaveLength(2);
  });

  it('is gone on with wherever the way to the ledger or the vault broke', async () => {
    const { patient, network } = stage;
    await stage.write(chart, stage.units(1, 'before'));
    for (let failing = 0; ; failing++) {
      let count = 0;
      for (const origin of ['memory://node', 'memory://vault']) {
        const server = network.server(origin);
        network.overrides.set(origin, {
          name: origin,
          send: async (request) => {
            const isThis = count++ === failing;
            // Every other time the request arrives, and only its answer is lost.
            if (isThis && failing % 2 === 0) throw new Error('cut off');
            const answer = await server.send(request);
            if (isThis) throw new Error('cut off');
            return answer;
          },
        });
      }
      const code = await codeOfAsync(() => patient.charts.rotateCold(KIND));
      network.overrides.clear();
      if (code === undefined && count <= failing) break;
      const again = await copy(patient);
      await again.charts.rotateCold(KIND);
      await patient.keys.merge(again.keys.events);
      const view = await patient.charts.view(KIND);
      expect(view.current.header.state, `broken at ${failing}`).toBe('open');
      if (view.current.header.predecessors.length > 12) break;
    }
    await stage.write(chart, stage.units(1, 'after'));
    expect(await patient.records.list(KIND)).toHaveLength(2);
  }, 120_000);
});
