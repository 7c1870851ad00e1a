import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCustodian } from '@ward/custodian';
import { createNode, nodeInit } from '@ward/node';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  METRIC_PREFIX,
  METRICS,
  type MetricKind,
  Metrics,
  MovedClock,
  PROCESS_METRICS,
} from '@ward/server';
import { ServerStage } from '@ward/testkit/server-stage';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { createVault } from '@ward/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const folder = mkdtempSync(join(tmpdir(), 'ward-ops-'));
const origins = new Map<string, string>();
const open: { close(): Promise<unknown> }[] = [];

async function startNode(): Promise<void> {
  const home = join(folder, 'node');
  const { provider, genesis, validatorSeed } = new TestLedger(crypto);
  const serviceSeed = provider.service.secretKey.slice(0, 32);
  const own = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering: null };
  await nodeInit(own, home, crypto);
  const clock = new MovedClock({ nowMs: () => Date.now() }, (TEST_TIME + 9) * 1000 - Date.now());
  const metrics = new Metrics();
  metrics.includeProcess();
  const node = await createNode({ home, clock, crypto, workers: 1, metrics });
  open.push(node);
  origins.set('node', node.opsOrigin);
}

beforeAll(async () => {
  await startNode();
  const stage = await ServerStage.start(crypto, [['provider']]);
  open.push({ close: () => stage.stop() });
  const options = { ...stage.options(stage.ledger.provider), ops: {} };
  const vault = await createVault({ ...options, home: join(folder, 'vault') });
  const keys = { sealingSeed: new Uint8Array(32).fill(1), receiptKey: options.keyPair };
  const home = join(folder, 'custodian');
  const custodian = await createCustodian({ ...options, ...keys, home });
  open.push(vault, custodian);
  origins.set('vault', vault.opsOrigin!);
  origins.set('custodian', custodian.opsOrigin!);
}, 60_000);
afterAll(async () => {
  for (const each of open.reverse()) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

async function page(server: string, path: string) {
  const answer = await fetch(`${origins.get(server)}${path}`);
  return { status: answer.status, text: await answer.text() };
}

/** What a page declares: `name type` and its help. */
function declared(text: string): Map<string, { type: string; help: string }> {
  const helps = [...text.matchAll(/^# HELP (ward_\w+) (.*)\n# TYPE \w+ (\w+)$/gm)];
  return new Map(helps.map(([, name, help, type]) => [name!, { type: type!, help: help! }]));
}

describe.each(['node', 'vault', 'custodian'] as const)("the operator's door of a %s", (server) => {
  const own = Object.entries(METRICS as { readonly [name: string]: MetricKind }).filter(
    ([, { servers }]) => servers.includes(server),
  );

  it('shows the metrics that the catalogue says, and no others', async () => {
    const { text } = await page(server, '/metrics');
    const shown = declared(text);
    const wanted = own.map(([name, { type, help }]) => [METRIC_PREFIX + name, { type, help }]);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(wanted));
  });

  it('shows the labels that the catalogue says, and no others', async () => {
    await page(server, '/metrics');
    const { text } = await page(server, '/metrics');
    const samples = [...text.matchAll(/^(ward_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$/gm)];
    expect(samples.length).toBeGreaterThan(5);
    for (const [, name, labels = ''] of samples) {
      const kind = own.find(([each]) => METRIC_PREFIX + each === name)?.[1];
      const found = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
      const known = kind?.labels ?? ['unknown'];
      expect(found.filter((label) => label !== 'le').sort(), name).toEqual([...known].sort());
    }
  });

  it('says that it lives, is ready and well, and what it is', async () => {
    const [live, health, version] = await Promise.all(
      ['/livez', '/healthz', '/version'].map((path) => page(server, path)),
    );
    expect(live).toMatchObject({ status: 200 });
    const told = JSON.parse(health!.text);
    const isWell = Object.values(told.checks).every((holds) => holds);
    expect(told).toMatchObject({ ok: isWell, server, version: expect.stringMatching(/^\d/) });
    expect(health!.status).toBe(isWell ? 200 : 503);
    expect(JSON.parse(version!.text)).toMatchObject({ server, runtime: process.version });
    expect((await page(server, '/readyz')).status).toBe(health!.status);
    expect((await page(server, '/secrets')).status).toBe(404);
  });
});

it('what dashboards rely on of the runtime is shown', async () => {
  const { text } = await page('node', '/metrics');
  for (const name of PROCESS_METRICS) expect(text).toContain(`# TYPE ${name} `);
});
