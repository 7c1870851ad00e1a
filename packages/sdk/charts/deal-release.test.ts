import { releaseKey } from '@ward/charts';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import type { StagedName } from '@ward/testkit/client-network';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryEventStore } from '../event-log.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';

const crypto = await loadCrypto();
const FIRST: readonly StagedName[] = ['laboratory', 'pharmacy', 'payer', 'registrar'];
const origin = (name: StagedName) => `memory://${name}`;
let stage: ChartStage;
let chart: Uint8Array;

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  const { network, patient } = stage;
  const custodians = FIRST.map((name) => network.id(name));
  const parameters = { kind: KIND, vaults: network.vaults, custodians, threshold: 3 } as const;
  chart = await patient.charts.create(parameters);
  await patient.charts.sendCard(KIND, network.id('hospital-a'));
  await stage.writer.access.collect();
});
afterEach(() => stage.close());

function replace(...pairs: readonly (readonly [StagedName, StagedName])[]) {
  const { network, patient } = stage;
  const replacements = pairs.map(([old, next]) => ({
    custodian: network.id(old),
    by: network.id(next),
  }));
  return patient.charts.replaceCustodians(KIND, replacements);
}

async function releases() {
  const { current } = await stage.patient.charts.view(KIND);
  return current.header.releases.map((release) => ({
    q: toHex(releaseKey(release)),
    custodians: release.custodians.map(({ organisation }) => toHex(organisation)),
  }));
}

async function openAll() {
  const { leaf } = await stage.grant();
  const units = await stage.reader.access.list(leaf);
  return (await stage.open(leaf, units)).units.length;
}

describe('a custodian that is dead', () => {
  it('is replaced: old and new units open without it, and without another one too', async () => {
    await stage.write(chart, stage.units(2, 'before'));
    const before = await releases();
    const { network } = stage;
    network.silence(origin('laboratory'));
    await replace(['laboratory', 'association']);
    const after = await releases();
    const dead = toHex(network.id('laboratory'));
    expect(after).toHaveLength(2);
    expect(after[0]!.q).toBe(before[0]!.q);
    expect(after.flatMap(({ custodians }) => custodians)).not.toContain(dead);
    expect(after[1]!.q).not.toBe(before[0]!.q);
    await stage.write(chart, stage.units(1, 'after'));
    // Three of four are enough for units of both keys; without the new share none would open.
    network.silence(origin('payer'));
    expect(await openAll()).toBe(3);
    const { openings } = await stage.patient.access.log(KIND);
    expect(openings).toMatchObject([{ isUnexplained: false }]);
  });

  it('takes one call with all that are dead: each that stays has to sign', async () => {
    await stage.write(chart, stage.units(1, 'before'));
    const { network } = stage;
    await replace(['registrar', 'association']);
    network.silence(origin('laboratory'));
    network.silence(origin('pharmacy'));
    const one = () => replace(['laboratory', 'registrar']);
    expect(await codeOfAsync(one)).toBe('SERVER_UNREACHABLE');
    network.overrides.delete(origin('pharmacy'));
    await replace(['laboratory', 'registrar']);
    expect(await openAll()).toBe(1);
  });

  it('is not one that holds no share, nor does one take its place that has a share', async () => {
    const codes = [
      await codeOfAsync(() => replace(['association', 'hospital-b'])),
      await codeOfAsync(() => replace(['laboratory', 'pharmacy'])),
      await codeOfAsync(() => replace(['laboratory', 'hospital-b'])),
      await codeOfAsync(() => replace()),
    ];
    expect(codes).toEqual([
      'CUSTODIAN_UNKNOWN',
      'CUSTODIAN_UNKNOWN',
      'ENDPOINT_MISSING',
      'CUSTODIAN_UNKNOWN',
    ]);
    expect(await releases()).toHaveLength(1);
  });

  it('is replaced once, wherever a call broke off', async () => {
    await stage.write(chart, stage.units(1, 'before'));
    const { network } = stage;
    const node = network.server('memory://node');
    network.overrides.set('memory://node', {
      name: 'node',
      send: async (request) => {
        const answer = await node.send(request);
        if (request.target.startsWith('/v1/carried') || request.method === 'POST') {
          if (!request.target.startsWith('/v1/proofs')) throw new Error('cut off');
        }
        return answer;
      },
    });
    const broken = await codeOfAsync(() => replace(['laboratory', 'association']));
    expect(broken).toBeDefined();
    network.overrides.clear();
    await network.node.makeBlock();
    await replace(['laboratory', 'association']);
    const after = await releases();
    await replace(['laboratory', 'association']);
    expect(await releases()).toEqual(after);
    network.silence(origin('laboratory'));
    expect(await openAll()).toBe(1);
  });
});

describe('a chart that was taken back from a thief', () => {
  it('has new units under a key that the thief has no secret of', async () => {
    const { patient, network } = stage;
    await stage.write(chart, stage.units(1, 'before'));
    const store = memoryEventStore();
    await store.append(patient.keys.events.map((event) => WalletEvent.encode(event)));
    const thief = await network.person(store);
    await patient.charts.rotateCold(KIND);
    await patient.charts.renewRelease(KIND);
    const [, next] = (await patient.charts.view(KIND)).current.header.releases;
    const secretOf = (keys: typeof thief.keys) =>
      keys.releaseSecret(keys.chart(KIND), releaseKey(next!));
    expect(secretOf(thief.keys)).toBeUndefined();
    expect(secretOf(patient.keys)).toBeDefined();
    await stage.write(chart, stage.units(1, 'after'));
    expect(await openAll()).toBe(2);
    const code = await codeOfAsync(() => thief.charts.renewRelease(KIND));
    expect(code).toBe('CHART_TAKEN');
    await replace(['laboratory', 'association']);
    expect(await openAll()).toBe(2);
  });

  it('may go to other custodians from then on, within what a threshold means', async () => {
    const { patient, network } = stage;
    const organisations = (['payer', 'association'] as const).map((name) => network.id(name));
    await patient.charts.renewRelease(KIND, { organisations, threshold: 2 });
    expect((await releases()).at(-1)!.custodians).toEqual(organisations.map(toHex));
    const twice = [organisations[0]!, organisations[0]!];
    for (const wrong of [
      { organisations, threshold: 3 },
      { organisations, threshold: 0 },
      { organisations: [], threshold: 1 },
      { organisations: twice, threshold: 1 },
    ]) {
      const code = await codeOfAsync(() => patient.charts.renewRelease(KIND, wrong));
      expect(code).toBe('CHART_INCOHERENT');
    }
  });
});
