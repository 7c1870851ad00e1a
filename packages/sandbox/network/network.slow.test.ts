import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getCustodianStatus, getVaultStatus } from '@ward/charts';
import { getStatus } from '@ward/ledger/schema';
import { callEndpoint, equalBytes } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, describe, expect, it } from 'vitest';
import type { Network } from './network.ts';
import type { ServerProcess } from './server-process.ts';
import { type NetworkOptions, startNetwork } from './start-network.ts';

const DAY_MS = 86_400_000;
const NO_INPUT = { params: {}, query: {}, body: null };

const folders: string[] = [];
const networks: Network[] = [];
afterEach(async () => {
  for (const network of networks.splice(0)) await network.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'ward-sandbox-'));
  folders.push(home);
  return home;
}

async function start(home: string, options: Partial<NetworkOptions> = {}): Promise<Network> {
  const network = await startNetwork({ home, ...options });
  networks.push(network);
  return network;
}

function serversOf(network: Network): readonly ServerProcess[] {
  return network.organisations.flatMap(({ servers }) => servers);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function allGone(pids: readonly number[], msMax: number): Promise<boolean> {
  for (let waited = 0; waited < msMax; waited += 50) {
    if (!pids.some(isAlive)) return true;
    await pause(50);
  }
  return false;
}

describe('a network on one machine', () => {
  it('runs every server in a process of its own, and ends them all', async () => {
    const network = await start(newHome());
    const pids = serversOf(network).map(({ pid }) => pid!);
    expect(new Set(pids).size).toBe(8);
    const node = httpTransport(network.server('hospital-a', 'node').origin);
    const { organisation } = await callEndpoint(getStatus, NO_INPUT, node);
    expect(organisation).toEqual(network.organisation('hospital-a').id);
    for (const { origin } of network.vaults) {
      await callEndpoint(getVaultStatus, NO_INPUT, httpTransport(origin));
    }
    for (const { organisation: folder, origin } of network.custodians) {
      const status = await callEndpoint(getCustodianStatus, NO_INPUT, httpTransport(origin));
      expect(equalBytes(status.organisation, network.organisation(folder).id)).toBe(true);
    }
    await network.close();
    await network.closed;
    expect(pids.some(isAlive)).toBe(false);
  });

  it('goes on where it was, with the same members, ports and time', async () => {
    const home = newHome();
    const before = await start(home, { clockOffsetMs: -40 * DAY_MS });
    const { ward, close } = await before.openOrganisation('hospital-a');
    const { header } = await ward.ledger.head();
    close();
    await before.moveClock(-9 * DAY_MS);
    await before.close();
    const after = await start(home);
    expect(after.clockOffsetMs).toBe(-9 * DAY_MS);
    expect(after.networkFile).toEqual(before.networkFile);
    const again = await after.openOrganisation('hospital-a');
    const newest = await again.ward.ledger.head();
    expect(newest.header.height).toBeGreaterThan(header.height);
    expect(newest.header.time.seconds - header.time.seconds).toBeGreaterThan(30 * 86_400);
    expect(await again.ward.directory.list()).toHaveLength(7);
    again.close();
    await after.close();
    const past = codeOfAsync(() => startNetwork({ home, clockOffsetMs: -10 * DAY_MS }));
    expect(await past).toBe('SANDBOX_CLOCK_BACKWARDS');
  });

  it('is not opened again when another program has one of its ports, or its home', async () => {
    const home = newHome();
    const first = await start(home);
    const locked = await codeOfAsync(() => startNetwork({ home }));
    expect(locked).toBe('SANDBOX_PORT_TAKEN');
    const port = Number(new URL(first.server('payer', 'custodian').origin).port);
    await first.close();
    const other = createServer().listen({ host: '127.0.0.1', port });
    await once(other, 'listening');
    expect(await codeOfAsync(() => startNetwork({ home }))).toBe('SANDBOX_PORT_TAKEN');
    other.close();
    await once(other, 'close');
    await start(home);
  });

  it('tells of a server that dies, and starts it again only when asked', async () => {
    const dead: ServerProcess[] = [];
    const lines: string[] = [];
    const onLog = ({ text }: { text: string }) => lines.push(text);
    const network = await start(newHome(), { onDeath: (server) => dead.push(server), onLog });
    const custodian = network.server('pharmacy', 'custodian');
    process.kill(custodian.pid!, 'SIGKILL');
    while (dead.length === 0) await pause(20);
    expect(dead).toEqual([custodian]);
    expect(custodian.isRunning).toBe(false);
    expect(lines.some((line) => line.includes('pharmacy has died (SIGKILL)'))).toBe(true);
    await custodian.start();
    const status = callEndpoint(getCustodianStatus, NO_INPUT, httpTransport(custodian.origin));
    expect((await status).shares).toBe(0);
    await custodian.kill();
    await network.server('payer', 'custodian').stop();
    expect(dead).toHaveLength(1);
  });

  it('stops the servers that run when one of them cannot start', async () => {
    const home = newHome();
    await (await start(home)).close();
    rmSync(join(home, 'registrar', 'custodian', 'sealing.key'));
    const refused = startNetwork({ home }).catch((error) => error);
    expect(await refused).toMatchObject({
      code: 'SANDBOX_SERVER_FAILED',
      data: { server: 'custodian', code: 'HOME_MISSING' },
    });
    await start(newHome());
  });
});

/** A process that starts a network and prints the numbers of its servers' processes. */
async function startElsewhere(home: string): Promise<{ child: ChildProcess; pids: number[] }> {
  const program = `
    import { startNetwork } from '@ward/sandbox/network';
    const network = await startNetwork({ home: ${JSON.stringify(home)} });
    const servers = network.organisations.flatMap(({ servers }) => servers);
    console.log(JSON.stringify(servers.map(({ pid }) => pid)));
  `;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const flags = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, flags, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, pids: JSON.parse(line as string) as number[] };
}

describe('processes of a network', () => {
  it('end when the one that started them is killed', async () => {
    const { child, pids } = await startElsewhere(newHome());
    expect(pids.every(isAlive)).toBe(true);
    child.kill('SIGKILL');
    expect(await allGone(pids, 10_000)).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('end in order on %s', async (signal) => {
    const home = newHome();
    const { child, pids } = await startElsewhere(home);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(pids.some(isAlive)).toBe(false);
    await start(home);
  });
});
