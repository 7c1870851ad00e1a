import type { Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar'] as const;
const LONG_SECONDS = 86_400;
let stage: ChartStage;

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  const custodians = CUSTODIANS.map((name) => stage.network.id(name));
  await stage.patient.charts.create({ ...stage.chartParameters, custodians });
});
afterEach(() => stage.close());

const look = () => stage.patient.charts.custodians(KIND);
const id = (name: (typeof CUSTODIANS)[number] | 'association') => stage.network.id(name);

describe('the custodians of a chart', () => {
  it('are there, each once, and nobody is to be replaced', async () => {
    const found = await look();
    expect(found.map(({ organisation }) => organisation)).toEqual(CUSTODIANS.map(id));
    const one = { awaySince: null, successor: null, shouldReplace: false, by: null };
    for (const each of found) expect(each).toMatchObject(one);
  });

  it('are to be replaced when away for a day, by an organisation that keeps no share', async () => {
    stage.network.silence('memory://payer');
    const awaySince = stage.patient.connection.now();
    expect((await look())[2]).toMatchObject({ awaySince, shouldReplace: false, by: null });
    await stage.network.pass(LONG_SECONDS);
    const found = (await look())[2]!;
    expect(found).toMatchObject({ awaySince, shouldReplace: true, by: id('association') });
    const replacement = { custodian: found.organisation, by: found.by! };
    await stage.patient.charts.replaceCustodians(KIND, [replacement]);
    const after = await look();
    expect(after.map(({ shouldReplace }) => shouldReplace)).not.toContain(true);
  });

  it('are forgiven an outage when they are back', async () => {
    stage.network.silence('memory://payer');
    await look();
    stage.network.overrides.clear();
    expect((await look())[2]!.awaySince).toBeNull();
    await stage.network.pass(LONG_SECONDS);
    stage.network.silence('memory://payer');
    const awaySince = stage.patient.connection.now();
    expect((await look())[2]).toMatchObject({ awaySince, shouldReplace: false });
  });

  it('are to be replaced by the successor that one has named', async () => {
    const ward = await stage.network.organisation('laboratory');
    await ward.network.nameSuccessor(id('association'));
    await stage.network.pass(10);
    const successor = id('association');
    expect((await look())[0]).toMatchObject({ successor, shouldReplace: true, by: successor });
  });

  it('are away where another server answers in the place of one', async () => {
    const other: Transport = stage.network.server('memory://pharmacy');
    stage.network.overrides.set('memory://payer', other);
    expect((await look())[2]!.awaySince).not.toBeNull();
  });

  it('are proposed once each, where two have to go and one is free', async () => {
    for (const name of ['payer', 'pharmacy']) stage.network.silence(`memory://${name}`);
    await look();
    await stage.network.pass(LONG_SECONDS);
    expect((await look()).map(({ by }) => by)).toEqual([null, id('association'), null, null]);
  });
});
