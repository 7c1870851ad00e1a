import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getCustodianStatus } from '@ward/charts';
import type { CustodianOptions } from '@ward/custodian';
import { NameSuccessor } from '@ward/ledger/schema';
import { callEndpoint, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DAY_SECONDS = 86_400;
let custody: CustodyStage;
let homes: string;
let homeCount = 0;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
  homes = await mkdtemp(join(tmpdir(), 'ward-custodian-'));
});
afterAll(async () => {
  await custody.stop();
  await rm(homes, { recursive: true, force: true });
});

const newHome = () => join(homes, `home-${homeCount++}`);

async function reopen(i: number, options: Partial<CustodianOptions>): Promise<void> {
  await custody.custodians[i]!.custodian.close();
  custody.custodians[i]!.custodian = await custody.open(custody.custodians[i]!, options);
}

async function sharesOf(i: number): Promise<number> {
  const transport = custody.stage.transport(custody.custodians[i]!.origin);
  const request = { params: {}, query: {}, body: null };
  return (await callEndpoint(getCustodianStatus, request, transport)).shares;
}

async function erase(opening: StagedOpening, i: number): Promise<void> {
  const { chart, header } = opening;
  const version = header.header.version + 1;
  const [slot, nextSlot] = [version, version + 1].map((v) => chart.keys.slot(v).publicKey);
  const changes = { version, slot: slot!, nextSlot: nextSlot!, state: 'erased' } as const;
  const erased = chart.sign({ ...header.header, ...changes });
  await custody.vault.publish(erased, chart);
  await custody.erase(erased, i);
}

/** Works on the database of a home while no custodian does. */
function withDatabase(home: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(join(home, 'shares.db'));
  work(database);
  database.close();
}

describe('deals that come at the same time', () => {
  it('of the same share are one, each with the same receipt', async () => {
    const chart = custody.chart();
    const before = await sharesOf(0);
    const receipts = await Promise.all([1, 2, 3, 4].map(() => custody.deal(chart, 0)));
    expect(new Set(receipts.map(({ signature }) => signature.join())).size).toBe(1);
    expect(await sharesOf(0)).toBe(before + 1);
  });

  it('of two shares of one key: one is kept and receipted, the other refused', async () => {
    const chart = custody.chart();
    const share = chart.dealing.shares[1]!;
    const codes = await Promise.all([
      codeOfAsync(() => custody.deal(chart, 0)),
      codeOfAsync(() => custody.deal(chart, 0, { index: 2, share })),
    ]);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes).toContain('SHARE_TAKEN');
  });

  it('stay within the number of shares of a chart', async () => {
    await reopen(1, { limits: { sharesPerChartMax: 2 } });
    const chart = custody.chart();
    const dealings = [1, 2, 3, 4].map(() => custody.chart().dealing);
    const codes = await Promise.all(
      dealings.map(({ commitments, shares }) =>
        codeOfAsync(() => custody.deal(chart, 1, { commitments, share: shares[1]! })),
      ),
    );
    expect(codes.filter((code) => code === undefined)).toHaveLength(2);
    await reopen(1, {});
  });
});

describe('a home that somebody else touched', () => {
  it('whose sealed shares changed places is refused: none stands for another', async () => {
    const home = newHome();
    await reopen(0, { home });
    await custody.deal(custody.chart(), 0);
    await custody.deal(custody.chart(), 0);
    await custody.custodians[0]!.custodian.close();
    withDatabase(home, (database) => {
      const rows = database.prepare('SELECT q, sealed FROM shares ORDER BY q').all();
      const put = database.prepare('UPDATE shares SET sealed = ? WHERE q = ?');
      put.run(rows[0]!.sealed as Uint8Array, rows[1]!.q as Uint8Array);
      put.run(rows[1]!.sealed as Uint8Array, rows[0]!.q as Uint8Array);
    });
    const open = () => custody.open(custody.custodians[0]!, { home });
    expect(await codeOfAsync(open)).toBe('HOME_INVALID');
    custody.custodians[0]!.custodian = await custody.open(custody.custodians[0]!, {});
  });

  it('whose key is another, or too short, is refused', async () => {
    const home = newHome();
    await reopen(0, { home });
    await custody.deal(custody.chart(), 0);
    await custody.custodians[0]!.custodian.close();
    const path = join(home, 'home.key');
    const key = await readFile(path);
    const open = () => custody.open(custody.custodians[0]!, { home });
    await writeFile(path, new Uint8Array(32));
    expect(await codeOfAsync(open)).toBe('HOME_INVALID');
    await writeFile(path, key.subarray(1));
    expect(await codeOfAsync(open)).toBe('HOME_INVALID');
    await writeFile(path, key);
    custody.custodians[0]!.custodian = await open();
    expect(await sharesOf(0)).toBe(1);
  });

  it('whose database is none is refused, and so is one of later software', async () => {
    const home = newHome();
    await reopen(0, { home });
    await custody.custodians[0]!.custodian.close();
    await copyFile(join(home, 'shares.db'), join(home, 'kept'));
    const open = () => custody.open(custody.custodians[0]!, { home });
    await writeFile(
      join(home, 'shares.db'),
      'this is no database, however long it is. '.repeat(99),
    );
    expect(await codeOfAsync(open)).toBe('HOME_INVALID');
    await copyFile(join(home, 'kept'), join(home, 'shares.db'));
    withDatabase(home, (database) => database.exec('PRAGMA user_version = 99'));
    expect(await codeOfAsync(open)).toBe('HOME_INVALID');
    custody.custodians[0]!.custodian = await custody.open(custody.custodians[0]!, {});
  });
});

describe('an erasure', () => {
  it('outlives a restart: refused as before, deleted on the day that was receipted', async () => {
    const home = newHome();
    await reopen(0, { home });
    const opening = await custody.openable();
    await erase(opening, 0);
    await reopen(0, { home });
    await custody.commit(opening);
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBe('CHART_CLOSED');
    await custody.stage.pass(21 * DAY_SECONDS - 10);
    expect(await custody.custodians[0]!.custodian.deleteDueShares()).toBe(0);
    await custody.stage.pass(10);
    expect(await custody.custodians[0]!.custodian.deleteDueShares()).toBe(1);
    await reopen(0, { home });
    expect(await sharesOf(0)).toBe(0);
    expect(await codeOfAsync(() => custody.deal(opening.chart, 0))).toBe('CHART_CLOSED');
  });

  it('leaves nothing of the share in any file', async () => {
    const home = newHome();
    await reopen(0, { home });
    const opening = await custody.openable();
    const kept = await custody.openable();
    await erase(opening, 0);
    const sealed: Buffer[] = [];
    await custody.custodians[0]!.custodian.close();
    withDatabase(home, (database) => {
      const of = database.prepare('SELECT sealed FROM shares WHERE chart = ?');
      for (const { chart } of [opening.chart, kept.chart]) {
        sealed.push(Buffer.from(of.get(chart)!.sealed as Uint8Array));
      }
    });
    custody.custodians[0]!.custodian = await custody.open(custody.custodians[0]!, { home });
    await custody.stage.pass(22 * DAY_SECONDS);
    expect(await custody.custodians[0]!.custodian.deleteDueShares()).toBe(1);
    const files = ['shares.db', 'shares.db-wal'].map((name) => readFile(join(home, name)));
    const bytes = Buffer.concat(await Promise.all(files));
    expect(bytes.includes(sealed[0]!)).toBe(false);
    expect(bytes.includes(sealed[1]!)).toBe(true);
    await reopen(0, {});
  });

  it('waits while the ledger cannot be asked whether it is the last word', async () => {
    const opening = await custody.openable();
    await erase(opening, 0);
    await custody.stage.pass(22 * DAY_SECONDS);
    custody.stage.passSilently(120);
    const { custodian } = custody.custodians[0]!;
    expect(await codeOfAsync(() => custodian.deleteDueShares())).toBe('LEDGER_STALE');
    await custody.stage.pass(0);
    expect(await custodian.deleteDueShares()).toBe(1);
  });
});

describe('a hand-over', () => {
  const endpoints = (origin: string) => ({
    node: null,
    vault: null,
    custodian: origin,
    inbox: null,
  });

  beforeAll(async () => {
    const [leaving, next] = [custody.custodians[3]!, custody.custodians[4]!];
    const named = { organisation: leaving.member.id, successor: next.member.id };
    await custody.stage.submit(leaving.member, NameSuccessor, named, 'officer');
    await custody.stage.pass(30);
  });

  it('that breaks off loses nothing and doubles nothing, and is finished later', async () => {
    await reopen(3, {});
    await reopen(4, {});
    const opening = await custody.openable({ dealt: [0, 1, 2, 3] });
    await custody.deal(custody.chart(), 3);
    const [leaving, next] = [custody.custodians[3]!, custody.custodians[4]!];
    const { transport } = next.custodian;
    // The successor has them, and the answer gets lost.
    const deaf: Transport = {
      name: next.origin,
      send: async (request, options) => {
        await transport.send(request, options);
        throw new Error('the answer got lost');
      },
    };
    custody.stage.serve(next.origin, deaf);
    const handOver = () => leaving.custodian.handOver();
    expect(await codeOfAsync(handOver)).toBe('SERVER_UNREACHABLE');
    custody.stage.serve(next.origin, transport);
    expect([await sharesOf(3), await sharesOf(4)]).toEqual([2, 2]);
    expect(await handOver()).toEqual({ handedOn: 2, refused: [] });
    expect([await sharesOf(3), await sharesOf(4)]).toEqual([0, 2]);
    expect(await handOver()).toEqual({ handedOn: 0, refused: [] });
    await custody.commit(opening);
    expect(await codeOfAsync(() => custody.open1(opening, 3))).toBe('SHARE_UNKNOWN');
  });

  it('keeps the shares of charts that are being erased, and deletes them in time', async () => {
    await reopen(3, {});
    await reopen(4, {});
    const erased = await custody.openable({ dealt: [3] });
    await custody.deal(custody.chart(), 3);
    await erase(erased, 3);
    expect((await custody.custodians[3]!.custodian.handOver()).handedOn).toBe(1);
    expect([await sharesOf(3), await sharesOf(4)]).toEqual([1, 1]);
    await custody.stage.pass(22 * DAY_SECONDS);
    expect(await custody.custodians[3]!.custodian.deleteDueShares()).toBe(1);
    expect(await sharesOf(3)).toBe(0);
  });

  it('goes nowhere while the successor is no custodian, or cannot be reached', async () => {
    await reopen(3, {});
    await reopen(4, {});
    await custody.deal(custody.chart(), 3);
    const [leaving, next] = [custody.custodians[3]!, custody.custodians[4]!];
    const handOver = () => leaving.custodian.handOver();
    const keys = {
      sealingKey: next.sealing.sealingKey.bytes,
      publicKey: next.receiptKey.publicKey,
    };
    await custody.update(next.member, { endpoints: endpoints(next.origin), custodian: null });
    expect(await codeOfAsync(handOver)).toBe('SUCCESSOR_UNNAMED');
    const nowhere = { ...endpoints(next.origin), custodian: null };
    await custody.update(next.member, { endpoints: nowhere, custodian: keys });
    expect(await codeOfAsync(handOver)).toBe('SUCCESSOR_UNNAMED');
    const lost = endpoints('memory://nobody');
    await custody.update(next.member, { endpoints: lost, custodian: keys });
    expect(await codeOfAsync(handOver)).toBe('SERVER_UNREACHABLE');
    expect(await sharesOf(3)).toBe(1);
    await custody.update(next.member, { endpoints: endpoints(next.origin), custodian: keys });
    expect(await handOver()).toEqual({ handedOn: 1, refused: [] });
  });

  it('goes on past a chart that the successor saw erased, and says which it was', async () => {
    await reopen(3, {});
    await reopen(4, {});
    const erased = await custody.openable({ dealt: [4] });
    await erase(erased, 4);
    await custody.deal(erased.chart, 3);
    for (let n = 0; n < 4; n++) await custody.deal(custody.chart(), 3);
    const handOver = () => custody.custodians[3]!.custodian.handOver();
    const refused = [{ chart: erased.chart.chart, code: 'CHART_CLOSED' }];
    expect(await handOver()).toEqual({ handedOn: 4, refused });
    expect([await sharesOf(3), await sharesOf(4)]).toEqual([1, 5]);
    expect(await handOver()).toEqual({ handedOn: 0, refused });
  });

  it('stays within the room of the successor: all of a batch or none', async () => {
    await reopen(3, {});
    await reopen(4, { limits: { sharesMax: 2 } });
    for (let n = 0; n < 3; n++) await custody.deal(custody.chart(), 3);
    const handOver = () => custody.custodians[3]!.custodian.handOver();
    expect(await codeOfAsync(handOver)).toBe('SHARES_TOO_MANY');
    expect([await sharesOf(3), await sharesOf(4)]).toEqual([3, 0]);
  });
});
