import { parseHeader, signHeader, successionValue } from '@ward/charts';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { ServerStage } from '@ward/testkit/server-stage';
import { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stage: ServerStage;
let vault: VaultStage;
let seed = 0;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider']]);
  vault = await VaultStage.start(stage, stage.ledger.provider);
});
afterAll(async () => {
  await vault.close();
  await stage.stop();
});

const newChart = () => vault.chart(++seed);

/** The header of a version, with the slots that belong to it. */
function headerOf(chart: SampleChart, version: number, changes: object = {}) {
  const slot = chart.keys.slot(version).publicKey;
  const nextSlot = chart.keys.slot(version + 1).publicKey;
  return chart.sign({ version, slot, nextSlot, ...changes });
}

async function versionHeld({ chart }: SampleChart): Promise<number> {
  const bytes = await vault.getHeader(chart);
  return parseHeader(bytes, chart, stage.ledger.realm).header.version;
}

/** A chart that its cold key has passed on, and a header of the next authority. */
function succession(chart: SampleChart) {
  const next = vault.chart(++seed);
  const { ck, cold } = next.authority;
  const authority = { ck, cold };
  const header = {
    ...chart.header,
    ...{ authority, predecessors: [chart.authority], version: 0 },
    slot: next.keys.slot(0).publicKey,
    nextSlot: next.keys.slot(1).publicKey,
  };
  const signed = signHeader(header, next.keys.ck, stage.ledger.realm);
  const value = successionValue({ chart: chart.chart, authority }, stage.ledger.realm);
  const coldKey = stage.crypto.ed25519.keyPair(chart.coldSeed);
  return { next, signed, pass: () => stage.carry(value, coldKey) };
}

describe('chart headers in a vault', () => {
  it('are given to whoever knows the chart, the newest or a version', async () => {
    const chart = newChart();
    const [first, second] = [headerOf(chart, 0), headerOf(chart, 1)];
    await vault.publish(first, chart);
    await vault.publish(second, chart);
    expect(await vault.getHeader(chart.chart)).toEqual(second.bytes);
    expect(await vault.getHeader(chart.chart, 0)).toEqual(first.bytes);
    expect(await codeOfAsync(() => vault.getHeader(chart.chart, 2))).toBe('CHART_UNSTORED');
    expect(await codeOfAsync(() => vault.getHeader(newChart().chart))).toBe('CHART_UNSTORED');
  });

  it('must be signed by the key from which the chart follows', async () => {
    const [chart, other] = [newChart(), newChart()];
    const foreign = signHeader(chart.header, other.keys.ck, stage.ledger.realm);
    expect(await codeOfAsync(() => vault.putHeader(foreign))).toBe('CHART_SIGNATURE');
    const wrong = () => vault.putHeader(headerOf(chart, 0), other.chart);
    expect(await codeOfAsync(wrong)).toBe('CHART_MISMATCH');
    const stolen = chart.sign({ authority: other.authority });
    expect(await codeOfAsync(() => vault.putHeader(stolen))).toBe('CHART_MISMATCH');
  });

  it('must list the vault, unless it keeps the chart already', async () => {
    const elsewhere = stage.chart({ seed: ++seed, vaults: [stage.ledger.registrar.id] });
    expect(await codeOfAsync(() => vault.putHeader(elsewhere.sign()))).toBe('VAULT_UNLISTED');
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    await vault.publish(headerOf(chart, 1, { vaults: [stage.ledger.registrar.id] }), chart);
    expect(await versionHeld(chart)).toBe(1);
  });

  it('are no objects: the newest is deleted by nobody, its owner neither', async () => {
    const chart = newChart();
    const { bytes, digest } = headerOf(chart, 0);
    await vault.publish(headerOf(chart, 0), chart);
    const owner = stage.asOwner(chart, vault.id);
    for (const name of [digest, stage.crypto.sha256(bytes)]) {
      const order = { chart: chart.chart, name };
      expect(await codeOfAsync(() => vault.delete(order, owner))).toBe('OBJECT_UNKNOWN');
    }
    const { origin } = vault.vault;
    for (const path of [`${toHex(chart.chart)}/header`, `${toHex(chart.chart)}/header?version=0`]) {
      const answer = await fetch(`${origin}/v1/charts/${path}`, { method: 'DELETE' });
      expect(await answer.json()).toMatchObject({ code: 'ENDPOINT_UNKNOWN' });
    }
    expect(await vault.getHeader(chart.chart)).toEqual(bytes);
  });

  it('may be stored twice, and are never rolled back', async () => {
    const chart = newChart();
    const headers = [0, 1, 2].map((version) => headerOf(chart, version));
    for (const header of headers) await vault.publish(header, chart);
    expect(await versionHeld(chart)).toBe(2);
    await vault.putHeader(headers[2]!);
    await vault.putHeader(headers[1]!);
    const other = headerOf(chart, 1, { state: 'frozen' });
    expect(await codeOfAsync(() => vault.putHeader(other))).toBe('CHART_HEADER_SUPERSEDED');
    const same = headerOf(chart, 2, { state: 'frozen' });
    expect(await codeOfAsync(() => vault.putHeader(same))).toBe('CHART_HEADER_SUPERSEDED');
    expect(await versionHeld(chart)).toBe(2);
  });

  it('count from when their slot is carried: one that nobody carried hides nothing', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    await vault.putHeader(headerOf(chart, 1));
    await vault.putHeader(headerOf(chart, 9));
    expect(await versionHeld(chart)).toBe(0);
    await stage.carryHeader(headerOf(chart, 1), chart);
    expect(await versionHeld(chart)).toBe(1);
  });

  it('of one version may be two: the slot decides, whichever came first', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    const [lost, won] = [headerOf(chart, 1), headerOf(chart, 1, { state: 'frozen' })];
    await vault.putHeader(lost);
    await vault.putHeader(won);
    await stage.carryHeader(won, chart);
    expect(await vault.getHeader(chart.chart)).toEqual(won.bytes);
    expect(await vault.getHeader(chart.chart, 1)).toEqual(won.bytes);
    expect(await codeOfAsync(() => vault.putHeader(lost))).toBe('CHART_HEADER_SUPERSEDED');
  });

  it('that wait are few, and the old ones make room', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    for (let version = 1; version <= 16; version++) {
      await vault.putHeader(headerOf(chart, version));
    }
    const more = () => vault.putHeader(headerOf(chart, 17));
    expect(await codeOfAsync(more)).toBe('CHART_HEADERS_WAITING');
    await stage.pass(601);
    await more();
    expect(await versionHeld(chart)).toBe(0);
  });

  it('of a next authority need the word of the cold key in the ledger', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    const { next, signed, pass } = succession(chart);
    expect(await codeOfAsync(() => vault.putHeader(signed))).toBe('SUCCESSION_UNPROVED');
    await pass();
    await vault.publish(signed, next);
    expect(await vault.getHeader(chart.chart)).toEqual(signed.bytes);
    const late = headerOf(chart, 7);
    expect(await codeOfAsync(() => vault.putHeader(late))).toBe('CHART_HEADER_SUPERSEDED');
  });

  it('of somebody who names himself the next authority are refused', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    const [honest, thief] = [succession(chart), succession(chart)];
    await honest.pass();
    expect(await codeOfAsync(() => vault.putHeader(thief.signed))).toBe('SUCCESSION_UNPROVED');
  });

  it('pass the chart to the new key: the old one orders nothing any more', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    const { next, signed, pass } = succession(chart);
    await pass();
    await vault.publish(signed, next);
    const { chart: id } = chart;
    const old = () => vault.notices(id, stage.asOwner(chart, vault.id));
    expect(await codeOfAsync(old)).toBe('OWNER_UNKNOWN');
    const owner = stage.asOwner(next, vault.id);
    expect(await vault.notices(id, owner)).toEqual([]);
  });

  it('are there when the ledger cannot be asked', async () => {
    const chart = newChart();
    await vault.publish(headerOf(chart, 0), chart);
    expect(await versionHeld(chart)).toBe(0);
    await vault.putHeader(headerOf(chart, 1));
    stage.passSilently(120);
    expect(await versionHeld(chart)).toBe(0);
    await stage.pass(0);
  });
});
