import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { NetworkFile } from '@ward/ledger/schema';
import type { Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { MovedClock } from '@ward/server';
import { selfSigned } from '@ward/testkit/certificate';
import { codeOfAsync } from '@ward/testkit/refusals';
import { SERVER_KINDS, ServerHomes, type ServerKind } from '@ward/testkit/server-homes';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineCustodian } from './examine-custodian.ts';
import { examineVault } from './examine-vault.ts';
import type { ExamineServerOptions } from './examined-server.ts';
import type { Finding } from './finding.ts';

const DAY_MS = 86_400_000;
const SLOW_MS = 120_000;
type Changes = Partial<ExamineServerOptions>;

const crypto = await loadCrypto();
let homes: ServerHomes;

beforeAll(async () => {
  homes = await ServerHomes.start(crypto);
}, SLOW_MS);
beforeEach(() => homes.renew());
// Some let time pass without a block.
afterEach(() => homes.custody.stage.pass(1));
afterAll(() => homes.close(), SLOW_MS);

function examination(kind: ServerKind, changed: Changes = {}) {
  const examine = kind === 'vault' ? examineVault : examineCustodian;
  return examine({ ...homes.options(kind), ...changed });
}

async function examine(kind: ServerKind, changed: Changes = {}) {
  return (await examination(kind, changed)).findings;
}

const faultsIn = (findings: readonly Finding[]) => findings.map(({ fault }) => fault);

type Seed = (kind: ServerKind) => Changes | Promise<Changes | undefined> | undefined;

/** Faults that both have alike: the fault, how it is made, and a word of what is told. */
const SEEDS: readonly [string, string, Seed, RegExp][] = [
  ['a full disk', 'full-disk', () => ({ freeBytes: async () => 4096 }), /0 MiB free; a (v|c)/],
  [
    ...(['a clock that is behind', 'wrong-clock'] as const),
    () => ({ clock: new MovedClock(homes.custody.stage.clock, -3_600_000) }),
    /3\d\d\d s behind the newest block/,
  ],
  [
    ...(['a clock that is ahead', 'wrong-clock'] as const),
    () => {
      const { stage } = homes.custody;
      const date = new Date(stage.now * 1000).toUTCString();
      const connect = (name: string): Transport => ({
        name,
        async send(request, options) {
          const answer = await stage.transport(name).send(request, options);
          return { ...answer, headers: { ...answer.headers, date } };
        },
      });
      return { connect, clock: new MovedClock(stage.clock, 3_600_000) };
    },
    /3600 s ahead of/,
  ],
  [
    ...(['a taken port', 'taken-port'] as const),
    async () => ({ listens: [{ host: '127.0.0.1', port: await homes.listening() }] }),
    /EADDRINUSE/,
  ],
  [
    ...(['an organisation of another network', 'wrong-genesis'] as const),
    () => {
      const { networkFile } = homes.custody.stage.node;
      const file = { ...networkFile, network: new Uint8Array(32) };
      writeFileSync(join(homes.clinic, 'network.json'), JSON.stringify(NetworkFile.toJson(file)));
      return undefined;
    },
    /of its organisation are of two networks/,
  ],
  [
    ...(['nodes of another network', 'wrong-genesis'] as const),
    (kind) => {
      const { genesis } = new TestLedger(crypto, [['payer']], { time: 1_700_000_000 });
      homes.changeNetwork(kind, { genesis, network: new Uint8Array(32).fill(1) });
      return undefined;
    },
    /runs a network with another genesis/,
  ],
  [
    ...(['a block that was believed on another chain', 'wrong-genesis'] as const),
    async (kind) => {
      await homes.changeTrust(kind, { header: { chain: 'ward-other-1' } });
      return undefined;
    },
    /of another ledger than its nodes'/,
  ],
  [
    ...(['a block that was believed with other validators', 'wrong-genesis'] as const),
    async (kind) => {
      const publicKey = crypto.ed25519.keyPair(new Uint8Array(32).fill(9)).publicKey;
      const header = { nextValidatorsHash: new Uint8Array(32) };
      await homes.changeTrust(kind, { header, nextValidators: [{ publicKey, power: 1 }] });
      return undefined;
    },
    /of another ledger than its nodes'/,
  ],
  [
    ...(['a ledger that stands still', 'ledger-behind'] as const),
    () => {
      homes.custody.stage.passSilently(600);
      return undefined;
    },
    /prove is 60\d s old/,
  ],
  [
    ...(['nodes that are behind', 'ledger-behind'] as const),
    async (kind) => {
      await homes.changeTrust(kind, { header: { height: 100_000 } });
      return undefined;
    },
    /has believed 100000/,
  ],
  [
    ...(['an absence that was too long', 'ledger-behind'] as const),
    async (kind) => {
      homes.changeNetwork(kind, { trustingPeriodSeconds: 60 });
      await homes.custody.stage.pass(100);
      return undefined;
    },
    /away for longer/,
  ],
  [
    ...(['a key that is missing', 'wrong-key'] as const),
    (kind) => {
      rmSync(homes.inside(kind, 'service.key'));
      return undefined;
    },
    /^service.key is missing/,
  ],
  [
    ...(['a key of somebody else', 'wrong-key'] as const),
    (kind) => {
      writeFileSync(homes.inside(kind, 'service.key'), new Uint8Array(32).fill(5));
      return undefined;
    },
    /^service.key is not the key that the ledger lists/,
  ],
  [
    ...(['a block that was believed and is unreadable', 'corrupted-store'] as const),
    (kind) => {
      writeFileSync(homes.inside(kind, 'trusted-block'), 'rotten');
      return undefined;
    },
    /trusted-block cannot be read/,
  ],
  [
    ...(['settings that are damaged', 'corrupted-store'] as const),
    (kind) => {
      writeFileSync(homes.inside(kind, `${kind}.json`), '{');
      return undefined;
    },
    /\.json or network.json cannot be read: HOME_INVALID/,
  ],
  [
    ...(['a network file that is missing', 'corrupted-store'] as const),
    (kind) => {
      rmSync(homes.inside(kind, 'network.json'));
      return undefined;
    },
    /\.json or network.json cannot be read: HOME_MISSING/,
  ],
  [
    ...(['a node that does not answer', 'unreachable-peer'] as const),
    (kind) => {
      const { nodes } = homes.custody.stage.node.networkFile;
      homes.changeNetwork(kind, { nodes: [...nodes, 'http://127.0.0.1:1'] });
      return undefined;
    },
    /^http:\/\/127.0.0.1:1 does not answer/,
  ],
  [
    ...(['a certificate that ended', 'expired-certificate'] as const),
    async (kind) => {
      const now = homes.custody.stage.now * 1000;
      const certificate = selfSigned({ fromMs: now - 30 * DAY_MS, untilMs: now - DAY_MS });
      const origin = `https://localhost:${await homes.listening(createTlsServer(certificate))}`;
      const { nodes } = homes.custody.stage.node.networkFile;
      homes.changeNetwork(kind, { nodes: [...nodes, origin] });
      return { ownOrigins: [origin] };
    },
    /ended 1 days ago/,
  ],
];

describe.each(SERVER_KINDS)('the doctor of a %s', { timeout: SLOW_MS }, (kind) => {
  it('finds nothing in a home that is well, or was never started', async () => {
    expect(await examination(kind)).toEqual({ findings: [], isRunning: false });
    const stores = ['index.db', 'blobs', 'shares.db', 'home.key', 'trusted-block'];
    for (const name of [...stores, 'lock', 'lock-holder']) {
      rmSync(homes.inside(kind, name), { recursive: true, force: true });
    }
    const names = readdirSync(homes.inside(kind));
    expect(await examine(kind)).toEqual([]);
    expect(readdirSync(homes.inside(kind))).toEqual(names);
  });

  it.each(SEEDS)('finds %s, as %s and nothing else', async (_, fault, seed, told) => {
    const changes = await seed(kind);
    const before = homes.files();
    const findings = await examine(kind, changes);
    expect(faultsIn(findings)).toEqual([fault]);
    const [{ what, why, next }] = findings as [Finding];
    expect(what).toMatch(told);
    for (const said of [what, why, next]) expect(said).toMatch(/^.{15,}\.$/);
    expect(homes.files()).toEqual(before);
  });

  it('refuses a folder that is none, and a home around it that is damaged', async () => {
    writeFileSync(join(homes.clinic, 'network.json'), '{');
    expect(await codeOfAsync(() => examine(kind))).toBe('HOME_INVALID');
    rmSync(homes.inside(kind, `${kind}.json`));
    expect(await codeOfAsync(() => examine(kind))).toBe('HOME_MISSING');
  });

  it('leaves stores and ports of one that runs to it, and looks at the rest', async () => {
    const server = await homes.open(kind);
    const listens = [{ host: '127.0.0.1', port: Number(new URL(server.origin).port) }];
    try {
      expect(await examination(kind, { listens })).toEqual({ findings: [], isRunning: true });
      rmSync(homes.inside(kind, 'service.key'));
      expect(faultsIn(await examine(kind, { listens }))).toEqual(['wrong-key']);
    } finally {
      await server.close();
    }
  });

  it('finds one that runs and does not follow its nodes', async () => {
    const nobody = () => Promise.reject(new Error('nobody listens there'));
    const server = await homes.open(kind, (name) => ({ name, send: nobody }));
    try {
      await homes.custody.stage.pass(400);
      const findings = await examine(kind);
      expect(faultsIn(findings)).toEqual(['ledger-behind']);
      expect(findings[0]!.what).toContain(`The ${kind} runs`);
    } finally {
      await server.close();
    }
  });

  it('reads what a process that was killed left, and makes no file of it', async () => {
    const server = await homes.open(kind);
    const copy = join(homes.clinic, 'copy');
    cpSync(homes.inside(kind), copy, { recursive: true });
    await server.close();
    rmSync(homes.inside(kind), { recursive: true });
    cpSync(copy, homes.inside(kind), { recursive: true });
    const before = homes.files();
    expect(before.map(([name]) => name)).toContainEqual(expect.stringMatching(/-wal$/));
    expect(await examine(kind)).toEqual([]);
    expect(homes.files()).toEqual(before);
  });
});
