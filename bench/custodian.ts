import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { custodianInit } from '@ward/custodian';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { type ChildServer, startChildServer } from '@ward/testkit/child-server';
import { CustodyStage } from '@ward/testkit/custody-stage';
import { openHttpBridge } from '@ward/testkit/http-bridge';
import type { BenchRow } from './bench-row.ts';

const PROGRAM = new URL('../packages/custodian/main.ts', import.meta.url);
const CPU_MS_TARGET = 3;
const WARM_UP = 300;
/** When the custodian was started. */
let startedMs = 0;

/**
 * What an opening costs a custodian: CPU time of its process, with HTTP, proofs from a node, the
 * notice to a vault and the sealed answer. Node and vault run in another process.
 */
export async function run({ full }: { readonly full: boolean }): Promise<BenchRow[]> {
  const count = full ? 600 : 300;
  const custody = await CustodyStage.start(await loadCrypto());
  const node = await openHttpBridge(custody.stage.node.transport);
  const vault = await openHttpBridge(custody.vault.transport);
  const home = await mkdtemp(join(tmpdir(), 'ward-bench-'));
  try {
    const endpoints = { node: null, vault: vault.origin, custodian: null, inbox: null };
    await custody.update(custody.vault.member, { endpoints });
    custody.stage.serve(vault.origin, custody.vault.transport);
    const child = await startCustodian(custody, { home, node: node.origin });
    try {
      return await measure(custody, child, count);
    } finally {
      await child.stop();
    }
  } finally {
    await node.close();
    await vault.close();
    await custody.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Custodian 0 as a process of its own. */
async function startCustodian(
  { stage, custodians }: CustodyStage,
  { home, node }: { home: string; node: string },
): Promise<ChildServer> {
  const { member, sealingSeed, receiptKey, origin } = custodians[0]!;
  await custodianInit(
    {
      ...{ organisation: member.id, account: member.id, sealingSeed },
      networkFile: { ...stage.options(member).networkFile, nodes: [node] },
      serviceSeed: member.service.secretKey.slice(0, 32),
      receiptSeed: receiptKey.secretKey.slice(0, 32),
    },
    home,
  );
  startedMs = performance.now();
  const offset = stage.now * 1000 - Date.now() - 2000;
  const environment = { WARD_CLOCK_OFFSET_MS: String(offset), WARD_LOG_LEVEL: 'warn' };
  const child = await startChildServer({
    ...{ program: PROGRAM, flags: ['--home', home], environment },
  });
  stage.serve(origin, httpTransport(child.origin));
  return child;
}

async function measure(
  custody: CustodyStage,
  { opsOrigin }: ChildServer,
  count: number,
): Promise<BenchRow[]> {
  const opening = await custody.openable({ grant: { openingsMax: 900 } });
  const requests: Uint8Array[] = [];
  for (let n = 0; n < WARM_UP + count; n++) {
    opening.entryNumber = n;
    opening.entrySalt = opening.chart.random.bytes(32);
    await custody.commit(opening);
    requests.push(await custody.seal(custody.request(opening), 0));
  }
  // The stage's clock stands still while the custodian's does not: time must pass on both.
  const keepTime = followClock(custody);
  for (const request of requests.splice(0, WARM_UP)) {
    await keepTime();
    await custody.ask(request, 0);
  }
  const before = await cpuSeconds(opsOrigin!);
  const startMs = performance.now();
  for (const request of requests) {
    await keepTime();
    await custody.ask(request, 0);
  }
  const elapsedMs = performance.now() - startMs;
  const cpuMs = ((await cpuSeconds(opsOrigin!)) - before) * 1000;
  const row = (metric: string, value: number, target: number | null): BenchRow => ({
    ...{ metric: `custodian.${metric}`, value, unit: 'ms', baseline: null, ratio: null, target },
    held: target === null ? null : value <= target,
  });
  return [
    row('opening-cpu', cpuMs / count, CPU_MS_TARGET),
    row('opening-elapsed', elapsedMs / count, null),
  ];
}

/** Lets a second pass on the stage whenever one has passed here. */
function followClock({ stage }: CustodyStage): () => Promise<void> {
  let knownMs = startedMs;
  return async () => {
    const seconds = Math.floor((performance.now() - knownMs) / 1000);
    if (seconds < 1) return;
    knownMs += seconds * 1000;
    await stage.pass(seconds);
  };
}

async function cpuSeconds(opsOrigin: string): Promise<number> {
  const page = await (await fetch(`${opsOrigin}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(page)?.[1]);
}
