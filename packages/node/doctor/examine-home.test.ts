import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Genesis, NetworkFile, networkOf } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { freeBytes, MovedClock } from '@ward/server';
import { selfSigned } from '@ward/testkit/certificate';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNode } from '../create-node.ts';
import { type NodeHome, nodeInit } from '../home/node-home.ts';
import { examineHome } from './examine-home.ts';
import type { ExamineOptions } from './examined-home.ts';
import type { Fault, Finding } from './finding.ts';

const DAY_MS = 86_400_000;
const crypto = await loadCrypto();
const time = Math.floor(Date.now() / 1000) - 5;
const ledger = new TestLedger(crypto, [['provider']], { time });
const own: NodeHome = {
  organisation: ledger.provider.id,
  genesis: ledger.genesis,
  validatorSeed: ledger.validatorSeed,
  serviceSeed: ledger.provider.service.secretKey.slice(0, 32),
  peering: null,
};

const root = mkdtempSync(join(tmpdir(), 'ward-doctor-'));
const healthy = join(root, 'template', 'clinic');
let clinic: string;
let count = 0;
const servers: Server[] = [];

function saveNetwork(folder: string, genesis: Genesis, nodes: readonly string[]): void {
  const file = NetworkFile.toJson({
    ...{ network: networkOf(genesis, crypto), genesis, checkpoint: null, nodes: [...nodes] },
    ...{ trustingPeriodSeconds: 86_400, witnesses: null },
  });
  writeFileSync(join(folder, 'network.json'), JSON.stringify(file));
}

beforeAll(async () => {
  const home = join(healthy, 'node');
  await nodeInit(own, home, crypto);
  saveNetwork(healthy, ledger.genesis, ['http://127.0.0.1:8080']);
  const node = await createNode({ home, crypto, workers: 1 });
  await node.close();
}, 60_000);
beforeEach(() => {
  clinic = join(root, `${++count}`, 'clinic');
  cpSync(healthy, clinic, { recursive: true });
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(root, { recursive: true }));

/** Listens on a free port. */
function listening(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

async function examine(changed: Partial<ExamineOptions> = {}) {
  const { findings } = await examineHome({
    ...{ home: join(clinic, 'node'), crypto, connect: (origin: string) => httpTransport(origin) },
    ...{ clock: { nowMs: () => Date.now() }, freeBytes, engine: () => ({ pinned: 'cometbft' }) },
    ...{ listens: [], ownOrigins: ['http://127.0.0.1:8080'] },
    ...changed,
  });
  return findings;
}

/** Puts another node into the place of the one that ran. */
async function replaceNode(changed: Partial<NodeHome>): Promise<void> {
  rmSync(join(clinic, 'node'), { recursive: true });
  const whole = { ...own, ...changed };
  await nodeInit(whole, join(clinic, 'node'), crypto);
  saveNetwork(clinic, whole.genesis, ['http://127.0.0.1:8080']);
}

const PEERING = { nodeSeed: new Uint8Array(32), address: '127.0.0.1:26656', peers: [] };

/** Makes each fault, and says what the doctor is told of the world around the home. */
type ServerFault = 'ledger-behind' | 'wrong-key' | 'damaged-objects' | 'unreadable-shares';
type NodeFault = Exclude<Fault, ServerFault>;
const SEEDS: { readonly [fault in NodeFault]: () => Promise<Partial<ExamineOptions>> } = {
  'missing-engine': async () => {
    await replaceNode({ peering: PEERING });
    return { engine: () => ({}) };
  },
  'stale-software': async () => {
    const governed = governedLedger(crypto, {
      ...{ roles: [['provider']], validators: 1, time },
      amend: (genesis) => ({
        ...genesis,
        governance: { ...genesis.governance!, release: 'ward-next' },
      }),
    });
    const { genesis, provider, registrar } = governed;
    const { id: organisation, service } = [registrar, provider][0]!;
    const serviceSeed = service.secretKey.slice(0, 32);
    await replaceNode({ peering: PEERING, genesis, organisation, serviceSeed });
    mkdirSync(join(clinic, 'node', 'ledger'));
    return {};
  },
  'wrong-clock': async () => ({
    clock: new MovedClock({ nowMs: () => Date.now() }, -3_600_000),
  }),
  'full-disk': async () => ({ freeBytes: async () => 4096 }),
  'taken-port': async () => {
    const port = await listening(createServer());
    return { listens: [{ host: '127.0.0.1', port }] };
  },
  'wrong-genesis': async () => {
    const other = new TestLedger(crypto, [['provider']], { time: time - 1 });
    saveNetwork(clinic, other.genesis, ['http://127.0.0.1:8080']);
    return {};
  },
  'corrupted-store': async () => {
    const folder = join(clinic, 'node', 'ledger');
    const segment = readdirSync(folder).find((name) => name !== 'head')!;
    const bytes = readFileSync(join(folder, segment));
    bytes[bytes.length >> 2]! ^= 1;
    writeFileSync(join(folder, segment), bytes);
    return {};
  },
  'double-key': async () => {
    cpSync(clinic, `${clinic}-restored`, { recursive: true });
    return {};
  },
  'unreachable-peer': async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    servers.pop();
    await replaceNode({ peering: { ...PEERING, peers: [`${'ab'.repeat(20)}@127.0.0.1:${port}`] } });
    return {};
  },
  'expired-certificate': async () => {
    const certificate = selfSigned({
      fromMs: Date.now() - 30 * DAY_MS,
      untilMs: Date.now() - DAY_MS,
    });
    const port = await listening(createTlsServer(certificate));
    const { genesis } = ledger;
    const origin = `https://localhost:${port}`;
    saveNetwork(clinic, genesis, ['http://127.0.0.1:8080', origin]);
    return { ownOrigins: ['http://127.0.0.1:8080', origin] };
  },
};

describe('the doctor', () => {
  it('finds nothing in a home that is well', async () => {
    expect(await examine()).toEqual([]);
  });

  it.each(Object.keys(SEEDS) as NodeFault[])('finds %s, and nothing else', async (fault) => {
    const findings = await examine(await SEEDS[fault]());
    expect(findings.map((each) => each.fault)).toEqual([fault]);
    const [{ what, why, next }] = findings as [Finding];
    for (const said of [what, why, next]) expect(said).toMatch(/^[A-Z-].{20,}\.$|^.{20,}\.$/);
  });

  it('changes nothing on the disk', async () => {
    const files = () =>
      readdirSync(clinic, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('lock'))
        .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'hex')]);
    await SEEDS['corrupted-store']();
    const before = files();
    await examine();
    expect(files()).toEqual(before);
  });

  it('finds a clock wrong by what other nodes tell, if they tell nothing else', async () => {
    const node = createHttpServer((_, response) => {
      response.setHeader('date', new Date(Date.now() - 60_000).toUTCString());
      response.writeHead(500).end();
    });
    const origin = `http://127.0.0.1:${await listening(node)}`;
    saveNetwork(clinic, ledger.genesis, [origin]);
    const found = (await examine()).map(({ fault, what }) => [fault, what]);
    expect(found[0]).toEqual(['wrong-clock', expect.stringContaining('ahead of')]);
    expect(found[1]?.[0]).toBe('unreachable-peer');
  });

  it('takes another CometBFT for stale, and a log behind its key for damaged', async () => {
    await replaceNode({ peering: PEERING });
    const engine = () => ({ other: '/opt/cometbft' });
    expect((await examine({ engine })).map(({ fault }) => fault)).toEqual(['stale-software']);
    rmSync(clinic, { recursive: true });
    cpSync(healthy, clinic, { recursive: true });
    rmSync(join(clinic, 'node', 'ledger'), { recursive: true });
    mkdirSync(join(clinic, 'node', 'ledger'));
    const [finding] = await examine();
    expect(finding).toMatchObject({ fault: 'corrupted-store' });
    expect(finding!.what).toContain('ends at height 0');
  });

  it('leaves ledger and ports of a node that runs to it', async () => {
    const node = await createNode({ home: join(clinic, 'node'), crypto, workers: 1 });
    try {
      const { port } = new URL(node.origin);
      const listens = [{ host: '127.0.0.1', port: Number(port) }];
      expect(await examine({ listens })).toEqual([]);
    } finally {
      await node.close();
    }
  });
});
