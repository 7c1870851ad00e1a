import { postNotices } from '@ward/charts';
import type { Transport, WireRequest } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { createLog } from '@ward/server';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const FIRST = 'memory://vault';
const SECOND = 'memory://second-vault';
const SOON = { timeout: 20_000 };

let custody: CustodyStage;
let second: VaultStage;
const lines: string[] = [];

beforeAll(async () => {
  const write = (line: string) => lines.push(line);
  const log = createLog({ level: 'debug', destination: { write } });
  const limits = { noticeMsMax: 60_000, noticeGraceMs: 0 };
  custody = await CustodyStage.start(await loadCrypto(), { log, limits });
  const { stage } = custody;
  const host = stage.ledger.members[1]!;
  second = await VaultStage.start(stage, host);
  const endpoints = { node: null, vault: SECOND, custodian: null, inbox: null };
  await custody.update(host, { endpoints });
  restore();
});
afterAll(async () => {
  await second.close();
  await custody.stop();
});
afterEach(restore);

function restore(): void {
  custody.stage.serve(FIRST, custody.vault.transport);
  custody.stage.serve(SECOND, second.transport);
}

/** An opening of a chart that lists these vaults, and is published in the first. */
async function openableIn(vaults: readonly Uint8Array[]): Promise<StagedOpening> {
  const opening = await custody.openable({ header: { vaults } });
  await second.putHeader(opening.header).catch(() => undefined);
  await custody.commit(opening);
  return opening;
}

const both = () => openableIn([custody.vault.id, second.id]);
const codeOf = (opening: StagedOpening, i = 0) => codeOfAsync(() => custody.open1(opening, i));
const isNotice = ({ method, target }: WireRequest) =>
  method === 'POST' && target === postNotices.path;

/** A vault that takes notices only when it is let. */
function held(vault: Transport) {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = { count: 0 };
  const transport: Transport = {
    name: vault.name,
    send: async (request, options) => {
      if (isNotice(request)) {
        asked.count++;
        await gate;
      }
      return vault.send(request, options);
    },
  };
  return { transport, release, asked };
}

const gone: Transport = { name: 'gone', send: () => Promise.reject(new Error('gone')) };

describe('the owner is told before anything is answered', () => {
  it('and while no vault has the notice, the answer waits', async () => {
    const opening = await openableIn([custody.vault.id]);
    const { transport, release, asked } = held(custody.vault.transport);
    custody.stage.serve(FIRST, transport);
    let isAnswered = false;
    const answer = codeOf(opening).then((code) => {
      isAnswered = true;
      return code;
    });
    await expect.poll(() => asked.count, SOON).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    release();
    expect(await answer).toBeUndefined();
    expect(await custody.notices(opening.chart)).toHaveLength(1);
  });

  it('and a refusal waits for its notice as well', async () => {
    const opening = await custody.openable();
    const { transport, release, asked } = held(custody.vault.transport);
    custody.stage.serve(FIRST, transport);
    let isAnswered = false;
    const answer = codeOf(opening).finally(() => {
      isAnswered = true;
    });
    await expect.poll(() => asked.count, SOON).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    release();
    expect(await answer).toBe('ENTRY_UNCOMMITTED');
  });

  it('in every vault of the chart', async () => {
    const opening = await both();
    expect(await codeOf(opening)).toBeUndefined();
    const sign = custody.stage.asOwner(opening.chart, second.id);
    await expect.poll(() => second.notices(opening.chart.chart, sign), SOON).toHaveLength(1);
    expect(await custody.notices(opening.chart)).toHaveLength(1);
  });

  it('where one vault is gone, by the other', async () => {
    const opening = await both();
    custody.stage.serve(FIRST, gone);
    expect(await codeOf(opening)).toBeUndefined();
    const sign = custody.stage.asOwner(opening.chart, second.id);
    expect(await second.notices(opening.chart.chart, sign)).toHaveLength(1);
  });

  it('where one vault is slow, it waits for the other only', async () => {
    const opening = await both();
    const { transport, release, asked } = held(custody.vault.transport);
    custody.stage.serve(FIRST, transport);
    expect(await codeOf(opening)).toBeUndefined();
    expect(asked.count).toBe(1);
    release();
  });
});

describe('an opening that cannot be told', () => {
  it('is refused, and told in full once a vault is there', async () => {
    const opening = await both();
    custody.stage.serve(FIRST, gone);
    custody.stage.serve(SECOND, gone);
    expect(await codeOf(opening)).toBe('NOTICE_UNDELIVERED');
    restore();
    expect(await codeOf(opening)).toBeUndefined();
    expect(await custody.notices(opening.chart)).toHaveLength(1);
  });

  it('is refused where the chart lists nobody with a vault', async () => {
    const opening = await custody.openable();
    const { chart } = opening;
    const [slot, nextSlot] = [1, 2].map((v) => chart.keys.slot(v).publicKey);
    const vaults = [custody.hospital.id, custody.stage.ledger.makeMember(70).id];
    const { roster } = opening.header.header;
    opening.header = chart.sign({ version: 1, slot: slot!, nextSlot: nextSlot!, roster, vaults });
    // The hospital's vault does not know the chart; the other organisation is nobody.
    await custody.vault.publish(opening.header, chart);
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe('NOTICE_UNDELIVERED');
  });

  it('is refused where the vault refuses: its word counts for nothing else', async () => {
    const opening = await openableIn([custody.vault.id]);
    const problem = new TextEncoder().encode('{"code":"GRANT_REVOKED","data":{}}');
    const { transport } = custody.vault;
    custody.stage.serve(FIRST, {
      name: 'liar',
      send: async (request, options) => {
        if (!isNotice(request)) return transport.send(request, options);
        return { status: 403, headers: {}, body: pieces(problem) };
      },
    });
    expect(await codeOf(opening)).toBe('NOTICE_UNDELIVERED');
  });

  it('leaves in the log which organisation did not take it, and nothing of the chart', async () => {
    lines.length = 0;
    const opening = await openableIn([custody.vault.id]);
    custody.stage.serve(FIRST, gone);
    await codeOf(opening);
    const told = lines.map((line) => JSON.parse(line) as { event: string; vault?: string });
    const { id } = custody.vault;
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ event: 'notice-not-taken', code: 'SERVER_UNREACHABLE' },
        vault: Buffer.from(id).toString('hex'),
      }),
    );
    const hex = Buffer.from(opening.chart.chart).toString('hex');
    expect(lines.join()).not.toContain(hex);
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
