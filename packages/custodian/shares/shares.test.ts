import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getCustodianStatus,
  handOverShares,
  verifyDealReceipt,
  verifyDeletion,
} from '@ward/charts';
import { NameSuccessor } from '@ward/ledger/schema';
import { callEndpoint, SEAL_OVERHEAD_BYTES } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DAY_SECONDS = 86_400;
let custody: CustodyStage;
let homes: string;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
  homes = await mkdtemp(join(tmpdir(), 'ward-custodian-'));
});
afterAll(async () => {
  await custody.stop();
  await rm(homes, { recursive: true, force: true });
});

/** Starts custodian `i` anew. */
async function reopen(i: number, options: object): Promise<void> {
  await custody.custodians[i]!.custodian.close();
  custody.custodians[i]!.custodian = await custody.open(custody.custodians[i]!, options);
}

async function statusOf(i: number) {
  const request = { params: {}, query: {}, body: null };
  const transport = custody.stage.transport(custody.custodians[i]!.origin);
  return callEndpoint(getCustodianStatus, request, transport);
}

function nextHeader({ chart, header }: StagedOpening, changes: object) {
  const version = header.header.version + 1;
  const slot = chart.keys.slot(version).publicKey;
  const nextSlot = chart.keys.slot(version + 1).publicKey;
  return chart.sign({ ...header.header, version, slot, nextSlot, ...changes });
}

describe('shares', () => {
  it('are checked, kept and receipted', async () => {
    const chart = custody.chart();
    const receipt = await custody.deal(chart, 2);
    const { member, receiptKey } = custody.custodians[2]!;
    const expected = {
      ...{ chart: chart.chart, q: chart.dealing.commitments[0]!, index: 3, custodian: member.id },
    };
    const { realm } = custody.stage.ledger;
    expect(verifyDealReceipt(receipt, expected, receiptKey.publicKey, realm)).toBe(true);
    expect(await statusOf(2)).toMatchObject({ organisation: member.id, shares: 1 });
    expect(await custody.deal(chart, 2)).toEqual(receipt);
    expect((await statusOf(2)).shares).toBe(1);
    expect((await statusOf(2)).height).toBeGreaterThan(0);
  });

  it('never change once they are receipted', async () => {
    const chart = custody.chart();
    await custody.deal(chart, 0);
    const share = chart.dealing.shares[1]!;
    const other = () => custody.deal(chart, 0, { index: 2, share });
    expect(await codeOfAsync(other)).toBe('SHARE_TAKEN');
  });

  it('of a stranger, dealt first for the key of somebody else, take nobody’s place', async () => {
    const opening = await custody.openable({ dealt: [0, 1] });
    const { chart } = opening;
    const { ristretto } = chart.realm.crypto;
    const q = chart.dealing.commitments[0]!;
    // Any share s lies on a line through Q: A₁ = (s·G − Q) / i. The stranger knows s, and not R.
    const share = ristretto.reduceScalar(systemRandom.bytes(64));
    const slope = ristretto.subtract(ristretto.multiplyBase(share)!, q);
    const third = ristretto.invertScalar(Uint8Array.of(3, ...new Uint8Array(31)));
    const commitments = [q, ristretto.multiply(third, slope)!];
    const before = (await statusOf(2)).shares;
    await custody.deal(custody.chart(), 2, { commitments, share });
    await custody.deal(chart, 2);
    expect((await statusOf(2)).shares).toBe(before + 2);
    await custody.commit(opening);
    expect(await codeOfAsync(() => custody.open1(opening, 2))).toBeUndefined();
  });

  it('that do not fit, or are dealt by somebody else, are refused', async () => {
    const chart = custody.chart();
    const wrong = () => custody.deal(chart, 0, { share: chart.dealing.shares[1]! });
    expect(await codeOfAsync(wrong)).toBe('SHARE_INVALID');
    const foreign = () => custody.deal({ ...chart, keys: custody.chart().keys } as SampleChart, 0);
    expect(await codeOfAsync(foreign)).toBe('CHART_SIGNATURE');
    const named = () => custody.deal(chart, 0, { chart: custody.chart().chart });
    expect(await codeOfAsync(named)).toBe('CHART_MISMATCH');
    const elsewhere = () => custody.deal(chart, 0, { custodian: custody.hospital.id });
    expect(await codeOfAsync(elsewhere)).toBe('CHART_MISMATCH');
  });

  it('are bounded: in all, for one chart, and from one place', async () => {
    await reopen(4, { limits: { sharesMax: 3, sharesPerChartMax: 1 } });
    const chart = custody.chart();
    await custody.deal(chart, 4);
    const more = custody.chart();
    const again = () =>
      custody.deal(chart, 4, {
        ...{ commitments: more.dealing.commitments, share: more.dealing.shares[4]! },
      });
    await expect(again()).rejects.toMatchObject({ code: 'SHARES_TOO_MANY', data: { max: 1 } });
    await custody.deal(custody.chart(), 4);
    await custody.deal(custody.chart(), 4);
    const full = () => custody.deal(custody.chart(), 4);
    await expect(full()).rejects.toMatchObject({ code: 'SHARES_TOO_MANY', data: { max: 3 } });
    await reopen(4, { limits: { dealsDayMax: 2 } });
    await custody.deal(custody.chart(), 4);
    await custody.deal(custody.chart(), 4);
    expect(await codeOfAsync(() => custody.deal(custody.chart(), 4))).toBe('SOURCE_LIMITED');
    await reopen(4, {});
  });

  it('stand on the disk under the key of the home, and are there after a restart', async () => {
    const home = join(homes, 'kept');
    await reopen(0, { home });
    const opening = await custody.openable();
    await custody.commit(opening);
    await reopen(0, { home });
    await custody.open1(opening, 0);
    const share = Buffer.from(opening.chart.dealing.shares[0]!);
    for (const name of await readdir(home)) {
      const bytes = await readFile(join(home, name));
      expect(bytes.includes(share), name).toBe(false);
    }
    const taken = () => custody.open(custody.custodians[0]!, { home });
    expect(await codeOfAsync(taken)).toBe('HOME_LOCKED');
    await custody.custodians[0]!.custodian.close();
    await rm(join(home, 'home.key'));
    expect(await codeOfAsync(taken)).toBe('HOME_INVALID');
    custody.custodians[0]!.custodian = await custody.open(custody.custodians[0]!, {});
  });

  it('know after a restart how far the ledger was', async () => {
    const home = join(homes, 'height');
    await reopen(1, { home });
    await custody.stage.pass(1);
    await custody.openable();
    const { height } = await statusOf(1);
    const { node } = custody.stage;
    await custody.custodians[1]!.custodian.close();
    custody.stage.serve(node.transport.name, {
      ...{ name: 'gone', send: () => Promise.reject(new Error('gone')) },
    });
    custody.custodians[1]!.custodian = await custody.open(custody.custodians[1]!, { home });
    expect((await statusOf(1)).height).toBeGreaterThanOrEqual(height);
    custody.stage.serve(node.transport.name, node.transport);
    await reopen(1, {});
  });
});

describe('the erasure of a chart', () => {
  it('is receipted, refused at once, and done after 21 days', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    await custody.open1(opening, 0);
    const erased = nextHeader(opening, { state: 'erased' });
    await custody.vault.publish(erased, opening.chart);
    const receipt = await custody.erase(erased, 0);
    const { receiptKey } = custody.custodians[0]!;
    const { realm } = custody.stage.ledger;
    expect(verifyDeletion(receipt, receiptKey.publicKey, realm)).toBe(true);
    const due = custody.stage.now + 21 * DAY_SECONDS;
    expect(receipt).toMatchObject({ what: 'shares', subject: opening.chart.chart, time: due });
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBe('CHART_CLOSED');
    expect(await codeOfAsync(() => custody.deal(opening.chart, 0))).toBe('CHART_CLOSED');
    await custody.stage.pass(10 * DAY_SECONDS);
    expect(await custody.erase(erased, 0)).toEqual(receipt);
    const { custodian } = custody.custodians[0]!;
    expect(await custodian.deleteDueShares()).toBe(0);
    const before = (await statusOf(0)).shares;
    await custody.stage.pass(12 * DAY_SECONDS);
    expect(await custodian.deleteDueShares()).toBe(1);
    expect((await statusOf(0)).shares).toBe(before - 1);
    expect(await custodian.deleteDueShares()).toBe(0);
    expect(await codeOfAsync(() => custody.deal(opening.chart, 0))).toBe('CHART_CLOSED');
  });

  it('needs the current header, and one that says so', async () => {
    const opening = await custody.openable();
    const erase = (header: StagedOpening['header']) => codeOfAsync(() => custody.erase(header, 0));
    expect(await erase(opening.header)).toBe('ERASURE_UNPROVED');
    const erased = nextHeader(opening, { state: 'erased' });
    expect(await erase(erased)).toBe('HEADER_NOT_CURRENT');
    const stranger = custody.chart();
    expect(await erase(stranger.sign({ state: 'erased' }))).toBe('SHARE_UNKNOWN');
    const forged = { ...erased, header: stranger.header };
    expect(await erase(forged)).toBe('CHART_MISMATCH');
    await custody.commit(opening);
    await custody.open1(opening, 0);
  });

  it('is lifted when it was not the owner’s last word', async () => {
    const opening = await custody.openable();
    const erased = nextHeader(opening, { state: 'erased' });
    await custody.vault.publish(erased, opening.chart);
    await custody.erase(erased, 0);
    const { chart } = opening;
    const slots = { slot: chart.keys.slot(2).publicKey, nextSlot: chart.keys.slot(3).publicKey };
    const reopened = chart.sign({ ...erased.header, state: 'open', version: 2, ...slots });
    await custody.vault.publish(reopened, chart);
    opening.header = reopened;
    await custody.commit(opening);
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBe('CHART_CLOSED');
    const before = (await statusOf(0)).shares;
    await custody.stage.pass(22 * DAY_SECONDS);
    await custody.custodians[0]!.custodian.deleteDueShares();
    expect((await statusOf(0)).shares).toBe(before);
  });
});

describe('a custodian that leaves', () => {
  it('hands its shares to the successor that the ledger names, and keeps none', async () => {
    const opening = await custody.openable();
    const [leaving, next] = [custody.custodians[3]!, custody.custodians[4]!];
    const early = () => leaving.custodian.handOver();
    expect(await codeOfAsync(early)).toBe('SUCCESSOR_UNNAMED');
    const named = { organisation: leaving.member.id, successor: next.member.id };
    await custody.stage.submit(leaving.member, NameSuccessor, named, 'officer');
    await custody.stage.pass(30);
    // The successor holds a share of this key already: one organisation, one share.
    const { refused } = await leaving.custodian.handOver();
    const conflict = { chart: opening.chart.chart, code: 'SHARE_CONFLICT' };
    expect(refused).toContainEqual(conflict);
    await reopen(4, {});
    const before = (await statusOf(3)).shares;
    const seen: number[] = [];
    const count = await leaving.custodian.handOver(({ handedOn }) => seen.push(handedOn));
    expect(count).toEqual({ handedOn: before, refused: [] });
    expect(seen.at(-1)).toBe(before);
    expect((await statusOf(3)).shares).toBe(0);
    expect((await statusOf(4)).shares).toBe(before);
    await custody.commit(opening);
    const fromSuccessor = await custody.ask(await custody.seal(custody.request(opening), 4), 4);
    expect(fromSuccessor.length).toBeGreaterThan(1000);
    expect(await codeOfAsync(() => custody.open1(opening, 3))).toBe('SHARE_UNKNOWN');
  });

  it('is believed only by the successor it named', async () => {
    const [leaving, next, other] = [2, 1, 0].map((i) => custody.custodians[i]!);
    const named = { organisation: leaving!.member.id, successor: next!.member.id };
    await custody.stage.submit(leaving!.member, NameSuccessor, named, 'officer');
    await custody.stage.pass(30);
    const sealedShare = systemRandom.bytes(SEAL_OVERHEAD_BYTES + 32);
    const share = { chart: new Uint8Array(32), q: new Uint8Array(32), index: 1, sealedShare };
    const handTo = ({ member, origin }: NonNullable<typeof next>) => {
      const sign = custody.stage.as(leaving!.member, member.id);
      const request = { params: {}, query: {}, body: { shares: [share] }, sign };
      return codeOfAsync(() =>
        callEndpoint(handOverShares, request, custody.stage.transport(origin)),
      );
    };
    expect(await handTo(other!)).toBe('SUCCESSOR_UNNAMED');
    expect(await handTo(next!)).toBe('SEAL_INVALID');
  });
});
