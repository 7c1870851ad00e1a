import type { Transport } from '@ward/protocol';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnitSummary } from '../records/unit-summary.ts';

const crypto = await loadCrypto();
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar'] as const;
/** Keeps no share of the chart. */
const SUCCESSOR = 'association';
let stage: ChartStage;
let leaf: Uint8Array;
let seen: UnitSummary[];

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  const custodians = CUSTODIANS.map((name) => stage.network.id(name));
  const chart = await stage.patient.charts.create({ ...stage.chartParameters, custodians });
  await stage.patient.charts.sendCard(KIND, stage.network.id('hospital-a'));
  await stage.writer.access.collect();
  await stage.write(chart, stage.units(1, 'visit'));
  ({ leaf } = await stage.grant());
  seen = await stage.reader.access.list(leaf);
});
afterEach(() => stage.close());

const hexOf = (name: (typeof CUSTODIANS)[number] | typeof SUCCESSOR) =>
  toHex(stage.network.id(name));

async function open() {
  const { receipts, problems, units } = await stage.open(leaf, seen);
  expect(units[0]!.records).toHaveLength(2);
  return {
    by: receipts.map(({ custodian }) => toHex(custodian)),
    problems: problems.map(({ custodian, error }) => [toHex(custodian), error.code]),
  };
}

async function nameSuccessor(name: (typeof CUSTODIANS)[number], by: typeof SUCCESSOR | 'payer') {
  const ward = await stage.network.organisation(name);
  await ward.network.nameSuccessor(stage.network.id(by));
  // What a client knows of an organisation it believes for some seconds.
  await stage.network.pass(10);
}

/** Takes every request and never answers. */
function hold(name: string): void {
  const origin = `memory://${name}`;
  const send: Transport['send'] = () => new Promise(() => undefined);
  stage.network.overrides.set(origin, { name: origin, send });
}

describe('a custodian that is silent', () => {
  it('is not waited for: another is asked beside it, and asked first from then on', async () => {
    hold('laboratory');
    const { by, problems } = await open();
    expect(by.sort()).toEqual(CUSTODIANS.slice(1).map(hexOf).sort());
    expect(problems).toEqual([[hexOf('laboratory'), 'SERVER_UNREACHABLE']]);
    expect((await open()).problems).toEqual([]);
  });

  it('or away is named where too few others are left', async () => {
    stage.network.silence('memory://pharmacy');
    stage.network.silence('memory://registrar');
    const error = await stage.open(leaf, seen).catch((each: unknown) => each);
    expect(error).toMatchObject({
      code: 'SHARES_TOO_FEW',
      data: { answered: 2, needed: 3, away: 2, wrong: 0, custodian: hexOf('pharmacy') },
    });
    stage.network.overrides.clear();
    expect((await open()).by).toHaveLength(3);
  });
});

describe('a custodian that named a successor', () => {
  it('gives its share as long as it has it', async () => {
    await nameSuccessor('laboratory', SUCCESSOR);
    expect((await open()).by).toContain(hexOf('laboratory'));
  });

  it('is replaced by it once it has handed on, though the owner has done nothing', async () => {
    await nameSuccessor('laboratory', SUCCESSOR);
    const { custodian } = stage.network.organisations.get('laboratory')!;
    expect(await custodian!.handOver()).toEqual({ handedOn: 1, refused: [] });
    stage.network.silence('memory://laboratory');
    stage.network.silence('memory://pharmacy');
    const names = [SUCCESSOR, 'payer', 'registrar'] as const;
    expect((await open()).by.sort()).toEqual(names.map(hexOf).sort());
  });

  it('does not have one share counted twice where the successor has one of its own', async () => {
    await nameSuccessor('laboratory', 'payer');
    stage.network.silence('memory://pharmacy');
    const names = ['laboratory', 'payer', 'registrar'] as const;
    expect((await open()).by.sort()).toEqual(names.map(hexOf).sort());
  });
});
