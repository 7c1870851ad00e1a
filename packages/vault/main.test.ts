import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getVaultStatus, listNotices } from '@ward/charts';
import { callEndpoint, type Transport, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { type ChildServer, startChildServer } from '@ward/testkit/child-server';
import { type HttpBridge, openHttpBridge } from '@ward/testkit/http-bridge';
import { codeOfAsync } from '@ward/testkit/refusals';
import { ServerStage } from '@ward/testkit/server-stage';
import { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadVaultHome, vaultInit } from './home/vault-home.ts';

const PROGRAM = new URL('./main.ts', import.meta.url);
let stage: ServerStage;
let bridge: HttpBridge;
let home: string;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider'], ['laboratory']]);
  bridge = await openHttpBridge(stage.node.transport);
  home = await mkdtemp(join(tmpdir(), 'ward-vault-'));
  const networkFile = { ...stage.node.networkFile, nodes: [bridge.origin] };
  const { id: organisation } = stage.ledger.provider;
  const serviceSeed = stage.ledger.provider.service.secretKey.slice(0, 32);
  await vaultInit({ organisation, networkFile, serviceSeed }, home);
});
afterAll(async () => {
  await bridge.close();
  await stage.stop();
  await rm(home, { recursive: true, force: true });
});

/** Where the clock of a process must be set: the stage's stands still, a little ahead of it. */
const offsetMs = () => stage.now * 1000 - Date.now() - 5000;

function start(flags: readonly string[] = ['--home', home]): Promise<ChildServer> {
  const environment = {
    ...{ WARD_CLOCK_OFFSET_MS: String(offsetMs()), WARD_LOG_LEVEL: 'debug' },
  };
  return startChildServer({ program: PROGRAM, flags, environment });
}

function statusOf(transport: Transport) {
  return callEndpoint(getVaultStatus, { params: {}, query: {}, body: null }, transport);
}

/** The vault in its process as a stage knows it. */
const staged = (server: ChildServer) =>
  VaultStage.remote(stage, stage.ledger.provider, httpTransport(server.origin));

describe('the home of a vault', () => {
  it('is made once, and read as it was made', async () => {
    const { organisation, networkFile, serviceSeed } = await loadVaultHome(home);
    expect(organisation).toEqual(stage.ledger.provider.id);
    const again = () => vaultInit({ organisation, networkFile, serviceSeed }, home);
    expect(await codeOfAsync(again)).toBe('HOME_TAKEN');
    expect(await codeOfAsync(() => loadVaultHome(join(home, 'none')))).toBe('HOME_MISSING');
  });
});

describe('the process of a vault', () => {
  it('says where it is, serves, and ends in order', async () => {
    const server = await start();
    const { organisation } = await statusOf(httpTransport(server.origin));
    expect(organisation).toEqual(stage.ledger.provider.id);
    const pages = ['livez', 'readyz', 'metrics'].map((page) =>
      fetch(`${server.opsOrigin}/${page}`),
    );
    const [live, ready, metrics] = await Promise.all(pages);
    expect([live?.status, ready?.status]).toEqual([200, 200]);
    const text = await metrics!.text();
    expect(text).toContain('ward_ledger_height');
    expect(text).toContain('process_resident_memory_bytes');
    expect(await server.stop()).toBe(0);
    expect(await codeOfAsync(() => statusOf(httpTransport(server.origin)))).toBe(
      'SERVER_UNREACHABLE',
    );
  });

  it('keeps what was stored over an end and a kill, and writes of nobody in its log', async () => {
    const chart = stage.chart({ seed: 77, vaults: [stage.ledger.provider.id] });
    const first = await start();
    const vault = staged(first);
    await vault.publish(chart.sign(), chart);
    const bytes = chart.random.bytes(500);
    const owner = stage.asOwner(chart, vault.id);
    const [name] = await vault.put(chart.chart, [{ kind: 'object', bytes }], owner);
    const writer = stage.as(stage.ledger.members[2]!, vault.id);
    await vault.postNotice(chart.chart, bytes, writer);
    await codeOfAsync(() => vault.get(new Uint8Array(32).fill(0xab)));
    await first.kill();
    const second = await start();
    const again = staged(second);
    expect(await again.get(name!)).toEqual(bytes);
    expect(await again.getHeader(chart.chart)).toEqual(chart.sign().bytes);
    expect(await again.notices(chart.chart, owner)).toHaveLength(1);
    expect(await second.stop()).toBe(0);
    const log = first.log() + second.log();
    expect(log).toContain('"event":"ready"');
    expect(log).toContain('"code":"OBJECT_UNKNOWN"');
    const secrets = [chart.chart, name!, chart.authority.ck, new Uint8Array(32).fill(0xab)];
    for (const secret of secrets) expect(log).not.toContain(toHex(secret));
    expect(log).not.toMatch(/[0-9a-f]{40}/);
    expect(log).not.toContain('/v1/');
  });

  it('does not start on a home that is in use, or is none, and says what to do', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow(/HOME_LOCKED: .* Stop that process/);
    await expect(start(['--home', join(home, 'none')])).rejects.toThrow(/HOME_MISSING/);
    await expect(start([])).rejects.toThrow(/OPTION_INVALID/);
    await expect(start(['--home', home, '--what', 'x'])).rejects.toThrow(/OPTION_INVALID/);
    await server.stop();
  });

  it('travels in time when it is told to', async () => {
    const server = await start();
    const vault = staged(server);
    const chart = stage.chart({ seed: 77, vaults: [vault.id] });
    const list = () => {
      const sign = stage.asOwner(chart, vault.id);
      const request = { params: { chart: chart.chart }, query: { after: 0 }, body: null, sign };
      return codeOfAsync(() => callEndpoint(listNotices, request, vault.transport));
    };
    expect(await list()).toBeUndefined();
    await stage.pass(3600);
    expect(await list()).toBe('REQUEST_TIME');
    server.child.send({ clockOffsetMs: offsetMs() });
    await expect.poll(list).toBeUndefined();
    await server.stop();
  });

  it('ends when the process that started it is gone', async () => {
    const server = await start();
    const exited = new Promise((resolve) => server.child.once('exit', resolve));
    server.child.disconnect();
    expect(await exited).toBe(0);
  });
});
