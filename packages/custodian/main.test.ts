import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCustodianStatus } from '@ward/charts';
import { callEndpoint, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { ChildServer } from '@ward/testkit/child-server';
import { CustodianProcess } from '@ward/testkit/custodian-process';
import { CustodyStage } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { custodianInit, loadCustodianHome } from './home/custodian-home.ts';

const STATUS = { params: {}, query: {}, body: null };
const SLOW_MS = 120_000;
let custody: CustodyStage;
let process: CustodianProcess;
let home: string;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
  home = await mkdtemp(join(tmpdir(), 'ward-custodian-'));
  process = await CustodianProcess.make(custody, home);
}, SLOW_MS);
afterAll(async () => {
  await process.close();
  await custody.stop();
  await rm(home, { recursive: true, force: true });
});

const statusOf = ({ origin }: ChildServer) =>
  callEndpoint(getCustodianStatus, STATUS, httpTransport(origin));

afterEach(() => process.server?.kill());

describe('the home of a custodian', () => {
  it('is made once, and read as it was made', async () => {
    const own = await loadCustodianHome(home);
    expect(own.organisation).toEqual(custody.custodians[0]!.member.id);
    expect(own.sealingSeed).toEqual(custody.custodians[0]!.sealingSeed);
    expect(await codeOfAsync(() => custodianInit(own, home))).toBe('HOME_TAKEN');
    const none = () => loadCustodianHome(join(home, 'none'));
    expect(await codeOfAsync(none)).toBe('HOME_MISSING');
  });
});

describe('the process of a custodian', { timeout: SLOW_MS }, () => {
  it('says where it is, is ready, serves, and ends in order', async () => {
    const server = await process.start();
    expect(await statusOf(server)).toMatchObject({ shares: 0, decideVersion: 1 });
    const pages = ['livez', 'readyz', 'metrics'].map((page) =>
      fetch(`${server.opsOrigin}/${page}`),
    );
    const [live, ready, metrics] = await Promise.all(pages);
    expect([live?.status, ready?.status]).toEqual([200, 200]);
    const text = await metrics!.text();
    for (const name of ['ward_shares', 'ward_ledger_height', 'process_cpu_seconds_total']) {
      expect(text).toContain(name);
    }
    await expect(process.start()).rejects.toThrow(/HOME_LOCKED/);
    expect(await server.stop()).toBe(0);
    expect(await codeOfAsync(() => statusOf(server))).toBe('SERVER_UNREACHABLE');
  });

  it('keeps over a kill what it receipted, and writes of nobody in its log', async () => {
    const first = await process.start();
    const opening = await custody.openable();
    await custody.commit(opening);
    await first.kill();
    const second = await process.start();
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBeUndefined();
    const rubbish = () => custody.ask(opening.chart.random.bytes(4000), 0);
    expect(await codeOfAsync(rubbish)).toBe('SEAL_INVALID');
    opening.entrySalt = opening.chart.random.bytes(32);
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBe('ENTRY_UNCOMMITTED');
    const page = await (await fetch(`${second.opsOrigin}/metrics`)).text();
    expect(page).toContain('ward_openings_total{verdict="PERMITTED"} 1');
    expect(page).toContain('ward_openings_total{verdict="ENTRY_UNCOMMITTED"} 1');
    expect(await second.stop()).toBe(0);
    const shown = first.log() + second.log() + page;
    expect(shown).toContain('"code":"SEAL_INVALID"');
    const { chart, authority } = opening.chart;
    const secrets = [chart, authority.ck, opening.entry.leaf, opening.grant.openSecret];
    for (const secret of [...secrets, ...opening.entry.labels]) {
      expect(shown).not.toContain(toHex(secret));
    }
    expect(shown).not.toMatch(/[0-9a-f]{40}/);
  });

  it('that is killed between notice and answer has told the owner', async () => {
    const server = await process.start();
    const opening = await custody.openable();
    await custody.commit(opening);
    const { transport } = custody.vault;
    process.vault = {
      name: 'vault',
      send: async (request, options) => {
        const answer = await transport.send(request, options);
        if (request.method === 'POST') await server.kill();
        return answer;
      },
    };
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBe('SERVER_UNREACHABLE');
    process.vault = transport;
    expect(await custody.notices(opening.chart)).toMatchObject([{ verdict: 'PERMITTED' }]);
    const again = await process.start();
    expect(await codeOfAsync(() => custody.open1(opening, 0))).toBeUndefined();
    await again.stop();
  });

  it('travels in time when it is told to', async () => {
    const server = await process.start();
    const opening = await custody.openable();
    await custody.commit(opening);
    await custody.stage.pass(3600);
    const sealed = await custody.seal(custody.request(opening), 0);
    expect(await codeOfAsync(() => custody.ask(sealed, 0))).toBe('REQUEST_TIME');
    server.child.send({ clockOffsetMs: process.offsetMs });
    const code = async () => {
      const again = await custody.seal(custody.request(opening), 0);
      return codeOfAsync(() => custody.ask(again, 0));
    };
    await expect.poll(code, { timeout: 30_000 }).toBeUndefined();
    await server.stop();
  });

  it('does not start without a home, or where another listens, and says what to do', async () => {
    await expect(process.start(['--home', join(home, 'none')])).rejects.toThrow(/HOME_MISSING/);
    await expect(process.start([])).rejects.toThrow(/OPTION_INVALID/);
    const server = await process.start();
    const { host } = new URL(server.origin);
    await server.stop();
    const other = (await import('node:http')).createServer();
    await new Promise<void>((resolve) =>
      other.listen(Number(host.split(':')[1]), '127.0.0.1', resolve),
    );
    const taken = process.start(['--home', home, '--listen', host]);
    await expect(taken).rejects.toThrow(/LISTEN_REFUSED: .* choose another port/);
    other.close();
  });

  it('ends when the process that started it is gone', async () => {
    const server = await process.start();
    const exited = new Promise((resolve) => server.child.once('exit', resolve));
    server.child.disconnect();
    expect(await exited).toBe(0);
  });
});
