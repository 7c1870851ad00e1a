import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectName, signHeader } from '@ward/charts';
import { hasCode } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { type ChildServer, startChildServer } from '@ward/testkit/child-server';
import { type HttpBridge, openHttpBridge } from '@ward/testkit/http-bridge';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { ServerStage } from '@ward/testkit/server-stage';
import { VaultStage } from '@ward/testkit/vault-stage';
import { createVault, vaultInit } from '@ward/vault';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROGRAM = new URL('./main.ts', import.meta.url);
const ROUNDS = 5;
const WRITERS = 12;
const KILL_MS_MAX = 250;
/** The stage's clock stands still; that of a process runs, and begins a little behind it. */
const BEHIND_MS = 5000;
const random = seededRandom(77);
let stage: ServerStage;
let bridge: HttpBridge;
let home: string;
let chart: SampleChart;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider'], ['laboratory']]);
  bridge = await openHttpBridge(stage.node.transport);
  home = await mkdtemp(join(tmpdir(), 'ward-vault-'));
  const networkFile = { ...stage.node.networkFile, nodes: [bridge.origin] };
  const { id: organisation, service } = stage.ledger.provider;
  await vaultInit({ organisation, networkFile, serviceSeed: service.secretKey.slice(0, 32) }, home);
  await stage.pass(60);
  chart = stage.chart({ seed: 77, vaults: [organisation] });
});
afterAll(async () => {
  await bridge.close();
  await stage.stop();
  await rm(home, { recursive: true, force: true });
});

async function start(): Promise<{ server: ChildServer; vault: VaultStage }> {
  const offset = stage.now * 1000 - Date.now() - BEHIND_MS;
  const environment = { WARD_CLOCK_OFFSET_MS: String(offset) };
  const server = await startChildServer({ program: PROGRAM, flags: ['--home', home], environment });
  const vault = VaultStage.remote(stage, stage.ledger.provider, httpTransport(server.origin));
  return { server, vault };
}

interface Kept {
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What the vault said it has, and what it said is gone, until the process died. */
interface Told {
  readonly stored: Kept[];
  readonly deleted: Kept[];
  notices: number;
}

/** Stores, streams, deletes and posts until the process is gone. */
async function work(vault: VaultStage, told: Told): Promise<void> {
  const owner = stage.asOwner(chart, vault.id);
  const writer = stage.as(stage.ledger.members[2]!, vault.id);
  for (;;) {
    const batch = Array.from({ length: 3 }, () => random.bytes(1 + random.below(4000)));
    const objects = batch.map((bytes) => ({ kind: 'object', bytes }) as const);
    const names = await vault.put(chart.chart, objects, owner);
    const kept = names.map((name, i) => ({ name, bytes: batch[i]! }));
    told.stored.push(...kept);
    const large = random.bytes(300_000);
    told.stored.push({ name: await vault.upload(chart.chart, large, owner), bytes: large });
    const [gone] = kept;
    // From the order on it may be gone, also where nobody was told so.
    told.stored.splice(told.stored.indexOf(gone!), 1);
    await vault.delete({ chart: chart.chart, name: gone!.name }, owner);
    told.deleted.push(gone!);
    await vault.postNotice(chart.chart, random.bytes(100), writer);
    told.notices++;
  }
}

async function untilKilled(server: ChildServer, vault: VaultStage): Promise<Told> {
  const told: Told = { stored: [], deleted: [], notices: 0 };
  const workers = Array.from({ length: WRITERS }, () =>
    work(vault, told).catch((error: unknown) => {
      if (!hasCode(error, 'SERVER_UNREACHABLE')) throw error;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, random.below(KILL_MS_MAX)));
  await server.kill();
  await Promise.all(workers);
  return told;
}

async function expectKept(vault: VaultStage, { stored, deleted }: Told): Promise<void> {
  for (const { name, bytes } of stored) {
    expect(objectName(await vault.get(name), stage.crypto)).toEqual(name);
    expect(objectName(bytes, stage.crypto)).toEqual(name);
  }
  for (const { name } of deleted) {
    expect(await codeOfAsync(() => vault.get(name))).toBe('OBJECT_UNKNOWN');
  }
}

it('has what it acknowledged, whenever it is killed, and nothing half', async () => {
  let { server, vault } = await start();
  await vault.publish(chart.sign(), chart);
  let storedCount = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const told = await untilKilled(server, vault);
    storedCount += told.stored.length;
    ({ server, vault } = await start());
    await expectKept(vault, told);
    expect(await vault.getHeader(chart.chart)).toEqual(chart.sign().bytes);
    const letters = await vault.notices(chart.chart, stage.asOwner(chart, vault.id));
    expect(letters.length).toBeGreaterThanOrEqual(Math.min(20, told.notices));
    expect(await readdir(join(home, 'blobs', 'staging'))).toEqual([]);
  }
  await server.stop();
  expect(storedCount).toBeGreaterThan(0);
  const own = await createVault({ ...stage.options(stage.ledger.provider), home });
  const report = await own.scrub();
  expect(report).toMatchObject({ damaged: 0 });
  expect(report.objects).toBeGreaterThanOrEqual(storedCount);
  await own.close();
});

it('never rolls a header back that was carried, whenever it is killed', async () => {
  let { server, vault } = await start();
  let newest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const version = newest + 1;
    const [slot, nextSlot] = [version, version + 1].map((v) => chart.keys.slot(v).publicKey);
    const header = { ...chart.header, version, slot: slot!, nextSlot: nextSlot! };
    const signed = signHeader(header, chart.keys.ck, stage.ledger.realm);
    const dying = new Promise((resolve) => setTimeout(resolve, random.below(30))).then(() =>
      server.kill(),
    );
    const code = await codeOfAsync(() => vault.putHeader(signed));
    if (code === undefined) {
      await stage.carryHeader(signed, chart);
      newest = version;
    }
    await dying;
    ({ server, vault } = await start());
    const bytes = await vault.getHeader(chart.chart, newest === 0 ? null : newest);
    if (code === undefined) expect(bytes).toEqual(signed.bytes);
  }
  await server.stop();
});
