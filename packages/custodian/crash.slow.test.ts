import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DealReceipt, getCustodianStatus } from '@ward/charts';
import { callEndpoint, hasCode, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { CustodianProcess } from '@ward/testkit/custodian-process';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROUNDS = 5;
const DEALS = 60;
const KILL_MS_MAX = 150;
const random = seededRandom(2026);
let custody: CustodyStage;
let process: CustodianProcess;
let home: string;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
  home = await mkdtemp(join(tmpdir(), 'ward-custodian-'));
  process = await CustodianProcess.make(custody, home);
});
afterAll(async () => {
  await process.close();
  await custody.stop();
  await rm(home, { recursive: true, force: true });
});

interface Acknowledged {
  readonly chart: SampleChart;
  readonly receipt: DealReceipt;
}

/** Deals until the process is gone; only what was receipted counts. */
async function dealAll(onReceipt: () => void): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  const charts = Array.from({ length: DEALS }, () => custody.chart());
  await Promise.all(
    charts.map(async (chart) => {
      try {
        acknowledged.push({ chart, receipt: await custody.deal(chart, 0) });
        onReceipt();
      } catch (error) {
        if (!hasCode(error, 'SERVER_UNREACHABLE')) throw error;
      }
    }),
  );
  return acknowledged;
}

/** Shows the erased headers until the process is gone; those that were receipted. */
async function eraseAll(openings: readonly StagedOpening[]): Promise<StagedOpening[]> {
  const receipted: StagedOpening[] = [];
  await Promise.all(
    openings.map(async (opening) => {
      try {
        await custody.erase(opening.header, 0);
        receipted.push(opening);
      } catch (error) {
        if (!(error instanceof WardError) || error.code !== 'SERVER_UNREACHABLE') throw error;
      }
    }),
  );
  return receipted;
}

async function killSoon(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random.below(KILL_MS_MAX)));
  await process.server!.kill();
}

async function statusOf() {
  const { origin } = process.server!;
  const request = { params: {}, query: {}, body: null };
  return callEndpoint(getCustodianStatus, request, httpTransport(origin));
}

function dealAndKill() {
  let onReceipt = () => {};
  const first = new Promise<void>((resolve) => {
    onReceipt = resolve;
  });
  return [dealAll(onReceipt), first.then(killSoon)] as const;
}

it('loses no share that it receipted, whenever it is killed', async () => {
  const all: Acknowledged[] = [];
  await process.start();
  for (let round = 0; round < ROUNDS; round++) {
    // Every other time once there is something to lose, however slow the machine is.
    const [dealt] = await Promise.all(
      round % 2 === 0 ? [dealAll(() => {}), killSoon()] : dealAndKill(),
    );
    all.push(...dealt);
    await process.start();
    expect((await statusOf()).shares).toBeGreaterThanOrEqual(all.length);
    for (const { chart, receipt } of dealt) {
      expect(await custody.deal(chart, 0)).toEqual(receipt);
      const share = chart.dealing.shares[1]!;
      const other = () => custody.deal(chart, 0, { index: 2, share });
      expect(await codeOfAsync(other)).toBe('SHARE_TAKEN');
    }
  }
  expect(all.length).toBeGreaterThan(0);
  await process.server!.kill();
});

it('refuses for ever a chart whose erasure it receipted, whenever it is killed', async () => {
  await process.start();
  const openings: StagedOpening[] = [];
  for (let n = 0; n < 12; n++) {
    const opening = await custody.openable({ dealt: [0] });
    const { chart, header } = opening;
    const [slot, nextSlot] = [1, 2].map((version) => chart.keys.slot(version).publicKey);
    const changes = { version: 1, slot: slot!, nextSlot: nextSlot!, state: 'erased' } as const;
    opening.header = chart.sign({ ...header.header, ...changes });
    await custody.vault.publish(opening.header, chart);
    openings.push(opening);
  }
  for (let at = 0; at < openings.length; at += 4) {
    const [receipted] = await Promise.all([eraseAll(openings.slice(at, at + 4)), killSoon()]);
    await process.start();
    for (const { chart } of receipted) {
      expect(await codeOfAsync(() => custody.deal(chart, 0))).toBe('CHART_CLOSED');
    }
  }
});
