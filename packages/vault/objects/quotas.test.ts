import type { SignCall } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import type { ServerStage } from '@ward/testkit/server-stage';
import { VaultHomes } from '@ward/testkit/vault-homes';
import type { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let homes: VaultHomes;
let stage: ServerStage;

beforeAll(async () => {
  homes = await VaultHomes.start(await loadCrypto());
  ({ stage } = homes);
});
afterAll(() => homes.close());

const writer = (vault: VaultStage): SignCall => stage.as(stage.ledger.members[2]!, vault.id);
const owner = (vault: VaultStage, chart: SampleChart) => stage.asOwner(chart, vault.id);

describe('quotas', () => {
  const object = (chart: SampleChart, size: number) =>
    [{ kind: 'object', bytes: chart.random.bytes(size) }] as const;

  it('bound what an organisation stores, for a chart and in all, until it is deleted', async () => {
    const limits = { organisationChartBytesMax: 1000, organisationBytesMax: 1500 };
    const vault = await homes.open({ limits });
    const [chart, other] = [await homes.publishedChart(vault), await homes.publishedChart(vault)];
    const [name] = await vault.put(chart.chart, object(chart, 900), writer(vault));
    const more = (size: number, to = chart) => vault.put(to.chart, object(to, size), writer(vault));
    expect(await codeOfAsync(() => more(101))).toBe('QUOTA_EXCEEDED');
    await more(100);
    expect(await codeOfAsync(() => more(501, other))).toBe('QUOTA_EXCEEDED');
    await vault.delete({ chart: chart.chart, name: name! }, owner(vault, chart));
    await more(501, other);
    const upload = () => vault.upload(chart.chart, new Uint8Array(2000), writer(vault));
    expect(await codeOfAsync(upload)).toBe('QUOTA_EXCEEDED');
  });

  it('bound what owners store, for a chart and in a day', async () => {
    const vault = await homes.open({
      limits: { ownerChartBytesMax: 1000, ownerDayBytesMax: 1500 },
    });
    const [chart, other] = [await homes.publishedChart(vault), await homes.publishedChart(vault)];
    const put = (to: SampleChart, size: number) =>
      vault.put(to.chart, object(to, size), owner(vault, to));
    await put(chart, 900);
    expect(await codeOfAsync(() => put(chart, 101))).toBe('QUOTA_EXCEEDED');
    expect(await codeOfAsync(() => put(other, 700))).toBe('QUOTA_EXCEEDED');
    await put(other, 500);
  });

  it('count several at once before they are stored', async () => {
    const vault = await homes.openOnDisk({ limits: { organisationChartBytesMax: 1000 } });
    const chart = await homes.publishedChart(vault);
    const codes = await Promise.all(
      Array.from({ length: 8 }, () =>
        codeOfAsync(() => vault.put(chart.chart, object(chart, 300), writer(vault))),
      ),
    );
    expect(codes.filter((code) => code === undefined)).toHaveLength(3);
  });

  it('leave room on the disk', async () => {
    const vault = await homes.openOnDisk({ limits: { freeBytesMin: 2 ** 60 } });
    const chart = await homes.publishedChart(vault);
    const put = () => vault.put(chart.chart, object(chart, 10), writer(vault));
    expect(await codeOfAsync(put)).toBe('STORE_FULL');
    const upload = () => vault.upload(chart.chart, new Uint8Array(9), writer(vault));
    expect(await codeOfAsync(upload)).toBe('STORE_FULL');
  });
});
