import { CHART_LIMITS, NOTICES_PER_REQUEST_MAX, openNotice } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { ServerStage } from '@ward/testkit/server-stage';
import { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stage: ServerStage;
let vault: VaultStage;
let seed = 500;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider'], ['laboratory'], ['payer']]);
  const limits = { lettersBurst: 3, lettersHourMax: 3600, inboxLettersMax: 4, pageBytesMax: 1000 };
  vault = await VaultStage.start(stage, stage.ledger.provider, { limits });
});
afterAll(async () => {
  await vault.close();
  await stage.stop();
});

async function publishedChart(): Promise<SampleChart> {
  seed += 1;
  const chart = vault.chart(seed);
  await vault.publish(chart.sign(), chart);
  return chart;
}

const sealed = (n: number, size = 100) => new Uint8Array(size).fill(n);
const custodian = () => stage.as(stage.ledger.members[2]!, vault.id);

describe('the mailbox of a chart', () => {
  it('takes notices of organisations, and shows them to the owner only', async () => {
    const chart = await publishedChart();
    const { chart: id } = chart;
    await vault.postNotice(id, sealed(1), custodian());
    await vault.postNotice(id, sealed(2), custodian());
    const owner = stage.asOwner(chart, vault.id);
    const letters = await vault.notices(id, owner);
    expect(letters).toEqual([
      { number: 1, time: stage.now, sealed: sealed(1) },
      { number: 2, time: stage.now, sealed: sealed(2) },
    ]);
    expect((await vault.notices(id, owner, 1)).map(({ number }) => number)).toEqual([2]);
    seed += 1;
    const other = stage.asOwner(vault.chart(seed), vault.id);
    expect(await codeOfAsync(() => vault.notices(id, other))).toBe('OWNER_UNKNOWN');
    expect(await codeOfAsync(() => vault.notices(id, custodian()))).toBe('CALLER_MISPLACED');
    expect(await codeOfAsync(() => vault.deleteNotices(id, 2, other))).toBe('OWNER_UNKNOWN');
    const byOwner = () => vault.postNotice(id, sealed(3), owner);
    expect(await codeOfAsync(byOwner)).toBe('CALLER_MISPLACED');
  });

  it('is emptied by the owner, and never uses a number twice', async () => {
    const chart = await publishedChart();
    const owner = stage.asOwner(chart, vault.id);
    await vault.postNotice(chart.chart, sealed(1), custodian());
    await vault.postNotice(chart.chart, sealed(2), custodian());
    await vault.deleteNotices(chart.chart, 2, owner);
    expect(await vault.notices(chart.chart, owner)).toEqual([]);
    await vault.postNotice(chart.chart, sealed(3), custodian());
    expect((await vault.notices(chart.chart, owner)).map(({ number }) => number)).toEqual([3]);
  });

  it('is only there for a chart that the vault keeps', async () => {
    seed += 1;
    const { chart } = vault.chart(seed);
    const post = () => vault.postNotice(chart, sealed(1), custodian());
    expect(await codeOfAsync(post)).toBe('CHART_UNSTORED');
  });

  it('takes no empty and no oversized notice', async () => {
    const { chart } = await publishedChart();
    const post = (size: number) => vault.postNotice(chart, sealed(1, size), custodian());
    expect(await codeOfAsync(() => post(0))).toBe('OBJECT_INVALID');
    expect(await codeOfAsync(() => post(65_537))).toBe('BODY_TOO_LARGE');
  });

  it('keeps twenty notices a day of one organisation, then counts', async () => {
    const chart = await publishedChart();
    const { chart: id, keys } = chart;
    for (let n = 1; n <= 25; n++) await vault.postNotice(id, sealed(n, 10), custodian());
    const another = stage.as(stage.ledger.members[3]!, vault.id);
    await vault.postNotice(id, sealed(99, 10), another);
    const owner = stage.asOwner(chart, vault.id);
    const letters: { number: number; sealed: Uint8Array }[] = [];
    for (let after = 0; ; after = letters.at(-1)!.number) {
      const page = await vault.notices(id, owner, after);
      if (page.length === 0) break;
      letters.push(...page);
    }
    expect(letters).toHaveLength(22);
    expect(letters.slice(0, 20).map(({ sealed: [n] }) => n)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const summary = letters.find(({ sealed: bytes }) => bytes.length > 1000)!;
    const place = { chart: id, key: keys.mailbox };
    expect((await openNotice(summary.sealed, place, stage.ledger.realm)).notice).toEqual({
      ...{ kind: 'summary', custodian: stage.ledger.members[2]!.id, count: 5 },
    });
    await stage.pass(86_400);
    await vault.postNotice(id, sealed(1, 10), custodian());
    expect(await vault.notices(id, owner, letters.at(-1)!.number)).toHaveLength(1);
  });

  it('counts notices that come at once', async () => {
    const chart = await publishedChart();
    const post = () => vault.postNotice(chart.chart, sealed(1, 10), custodian());
    await Promise.all(Array.from({ length: 30 }, post));
    const owner = stage.asOwner(chart, vault.id);
    const first = await vault.notices(chart.chart, owner);
    const more = await vault.notices(chart.chart, owner, first.at(-1)!.number);
    const summaries = [...first, ...more].filter(({ sealed: bytes }) => bytes.length > 1000);
    expect(first.length + more.length).toBe(21);
    const place = { chart: chart.chart, key: chart.keys.mailbox };
    const opened = await openNotice(summaries[0]!.sealed, place, stage.ledger.realm);
    expect(opened.notice).toMatchObject({ count: 10 });
  });
});

describe('notices for several mailboxes in one request', () => {
  const noticesOf = (chart: SampleChart) =>
    vault.notices(chart.chart, stage.asOwner(chart, vault.id));

  it('come into each, in order', async () => {
    const [first, second] = [await publishedChart(), await publishedChart()];
    const batch = [first, second, first].map(({ chart }, i) => ({ chart, sealed: sealed(i) }));
    expect(await vault.postNotices(batch, custodian())).toEqual([null, null, null]);
    expect((await noticesOf(first)).map(({ sealed: [n] }) => n)).toEqual([0, 2]);
    expect((await noticesOf(second)).map(({ sealed: [n] }) => n)).toEqual([1]);
  });

  it('are refused one by one: what one is refused for keeps no other from its owner', async () => {
    const [first, second] = [await publishedChart(), await publishedChart()];
    seed += 1;
    const unknown = vault.chart(seed);
    const batch = [unknown, first, unknown, second].map(({ chart }, i) => ({
      chart,
      sealed: sealed(i),
    }));
    const refusals = await vault.postNotices(batch, custodian());
    expect(refusals).toEqual(['CHART_UNSTORED', null, 'CHART_UNSTORED', null]);
    expect((await noticesOf(first)).map(({ sealed: [n] }) => n)).toEqual([1]);
    expect((await noticesOf(second)).map(({ sealed: [n] }) => n)).toEqual([3]);
    const none = [{ chart: unknown.chart, sealed: sealed(1) }];
    expect(await vault.postNotices(none, custodian())).toEqual(['CHART_UNSTORED']);
  });

  it('count towards the twenty of the day, with what came alone', async () => {
    const chart = await publishedChart();
    const notice = { chart: chart.chart, sealed: sealed(1, 10) };
    for (let n = 0; n < 3; n++) await vault.postNotice(notice.chart, notice.sealed, custodian());
    const batch = Array.from({ length: 30 }, () => notice);
    expect(await vault.postNotices(batch, custodian())).toEqual(batch.map(() => null));
    const letters = [...(await noticesOf(chart))];
    const owner = stage.asOwner(chart, vault.id);
    letters.push(...(await vault.notices(chart.chart, owner, letters.at(-1)!.number)));
    expect(letters).toHaveLength(21);
    const place = { chart: chart.chart, key: chart.keys.mailbox };
    const summary = letters.find(({ sealed: bytes }) => bytes.length > 1000)!;
    const { notice: told } = await openNotice(summary.sealed, place, stage.ledger.realm);
    expect(told).toMatchObject({ kind: 'summary', count: 13 });
  });

  it('are of organisations only, one or more, none empty, and not too many', async () => {
    const chart = await publishedChart();
    const { chart: id } = chart;
    const notice = { chart: id, sealed: sealed(1) };
    const owner = stage.asOwner(chart, vault.id);
    expect(await codeOfAsync(() => vault.postNotices([notice], owner))).toBe('CALLER_MISPLACED');
    const max = NOTICES_PER_REQUEST_MAX;
    const codeFor = (notices: { chart: Uint8Array; sealed: Uint8Array }[]) =>
      codeOfAsync(() => vault.postNotices(notices, custodian()));
    expect(await codeFor([])).toBe('FORMAT_RANGE');
    expect(await codeFor([notice, { chart: id, sealed: new Uint8Array(0) }])).toBe('FORMAT_RANGE');
    expect(await codeFor(Array.from({ length: max + 1 }, () => notice))).toBe('FORMAT_RANGE');
    const longest = { chart: id, sealed: sealed(2, CHART_LIMITS.mailboxBytesMax) };
    const full = Array.from({ length: max }, () => longest);
    expect(await vault.postNotices(full, custodian())).toEqual(full.map(() => null));
  });
});

describe('the inbox of an organisation', () => {
  it('takes letters of anybody, few from one place, and shows them to their owner', async () => {
    const { id } = vault.member;
    const own = stage.as(vault.member, vault.id);
    for (const n of [1, 2, 3]) await vault.postLetter(id, sealed(n));
    expect(await codeOfAsync(() => vault.postLetter(id, sealed(4)))).toBe('SOURCE_LIMITED');
    const letters = await vault.letters(id, own);
    expect(letters.map(({ sealed: [n] }) => n)).toEqual([1, 2, 3]);
    expect(await codeOfAsync(() => vault.letters(id, custodian()))).toBe('CALLER_MISPLACED');
    const others = () => vault.deleteLetters(id, 3, custodian());
    expect(await codeOfAsync(others)).toBe('CALLER_MISPLACED');
    await vault.deleteLetters(id, 2, own);
    expect((await vault.letters(id, own)).map(({ number }) => number)).toEqual([3]);
  });

  it('is there for active members, takes small letters, and is full at some point', async () => {
    const slowly = async (work: () => Promise<unknown>) => {
      await new Promise((resolve) => setTimeout(resolve, 1100));
      return codeOfAsync(work);
    };
    const stranger = stage.ledger.makeMember(50);
    expect(await slowly(() => vault.postLetter(stranger.id, sealed(1)))).toBe('INBOX_UNKNOWN');
    const { id } = stage.ledger.members[3]!;
    expect(await slowly(() => vault.postLetter(id, sealed(1, 16_385)))).toBe('BODY_TOO_LARGE');
    for (let n = 0; n < 4; n++) {
      expect(await slowly(() => vault.postLetter(id, sealed(1, 16_384)))).toBeUndefined();
    }
    expect(await slowly(() => vault.postLetter(id, sealed(1)))).toBe('INBOX_FULL');
  });
});
