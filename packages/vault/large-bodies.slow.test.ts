import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getObject, objectNameStream } from '@ward/charts';
import { callRaw, equalBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { type ChildServer, startChildServer } from '@ward/testkit/child-server';
import { type HttpBridge, openHttpBridge } from '@ward/testkit/http-bridge';
import { codeOfAsync } from '@ward/testkit/refusals';
import { ServerStage } from '@ward/testkit/server-stage';
import { VaultStage } from '@ward/testkit/vault-stage';
import { vaultInit } from '@ward/vault';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROGRAM = new URL('./main.ts', import.meta.url);
const MIB = 1024 * 1024;
const BODY_BYTES = 1024 * MIB;
const MEMORY_MAX_BYTES = 300 * MIB;
const BEHIND_MS = 5000;
let stage: ServerStage;
let bridge: HttpBridge;
let home: string;
let server: ChildServer;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider'], ['laboratory']]);
  bridge = await openHttpBridge(stage.node.transport);
  home = await mkdtemp(join(tmpdir(), 'ward-vault-'));
  const networkFile = { ...stage.node.networkFile, nodes: [bridge.origin] };
  const { id: organisation, service } = stage.ledger.provider;
  await vaultInit({ organisation, networkFile, serviceSeed: service.secretKey.slice(0, 32) }, home);
  await stage.pass(60);
  const environment = {
    WARD_CLOCK_OFFSET_MS: String(stage.now * 1000 - Date.now() - BEHIND_MS),
  };
  server = await startChildServer({ program: PROGRAM, flags: ['--home', home], environment });
});
afterAll(async () => {
  await server.stop();
  await bridge.close();
  await stage.stop();
  await rm(home, { recursive: true, force: true });
});

/** Bytes of the process in memory now, as it measures itself. */
async function residentBytes(): Promise<number> {
  const page = await (await fetch(`${server.opsOrigin}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(page)![1]);
}

/** Looks at the memory of the process until `work` is done; the most that it had. */
async function peakDuring(work: Promise<unknown>): Promise<number> {
  let peak = 0;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    peak = Math.max(peak, await residentBytes());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await done;
  return peak;
}

it('streams a body of a gigabyte in and out in bounded memory', async () => {
  const vault = VaultStage.remote(stage, stage.ledger.provider, httpTransport(server.origin));
  const chart = vault.chart(5);
  await vault.publish(chart.sign(), chart);
  const owner = stage.asOwner(chart, vault.id);
  const piece = chart.random.bytes(MIB);
  const name = objectNameStream(stage.crypto);
  for (let sent = 0; sent < BODY_BYTES; sent += MIB) name.update(piece);
  const digest = name.digest();
  const body = (async function* () {
    for (let sent = 0; sent < BODY_BYTES; sent += MIB) yield piece;
  })();
  let stored: Uint8Array | undefined;
  const upload = async () => {
    stored = await vault.upload(chart.chart, body, owner);
  };
  expect(await peakDuring(upload())).toBeLessThan(MEMORY_MAX_BYTES);
  expect(stored).toEqual(digest);
  const received = objectNameStream(stage.crypto);
  let receivedBytes = 0;
  const download = async () => {
    const options = { params: { name: digest }, query: {}, body: null };
    for await (const chunk of await callRaw(getObject, options, vault.transport)) {
      received.update(chunk);
      receivedBytes += chunk.length;
    }
  };
  expect(await peakDuring(download())).toBeLessThan(MEMORY_MAX_BYTES);
  expect(receivedBytes).toBe(BODY_BYTES);
  expect(equalBytes(received.digest(), digest)).toBe(true);
  await vault.delete({ chart: chart.chart, name: digest }, owner);
  expect(await codeOfAsync(() => vault.get(digest))).toBe('OBJECT_UNKNOWN');
});
