import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PromoteNetwork,
  type PromotionAnswer,
  planDigest,
  slotKey,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  isWithoutCometbft,
  ledgerOfNow,
  reached,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { promotedLedger, samplePlan } from '@ward/testkit/sample-promotion';
import type { TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbeddedHome } from './embedded-home.ts';
import { EngineQueries } from './queries/engine-queries.ts';
import { promotionAnswer } from './queries/promotion.ts';
import { FirstStateFiles } from './snapshots/first-state-files.ts';

const crypto = await loadCrypto();
const VALIDATORS = 4;
const folder = mkdtempSync(join(tmpdir(), 'ward-promotion-'));
const clock = { nowMs: () => Date.now() };
const stages: CometbftStage[] = [];

afterAll(async () => {
  for (const stage of stages) await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

function slot(name: string) {
  const address = crypto.sha256(Buffer.from(name));
  return { address, value: crypto.sha256(address) };
}

function keyOf(name: string, { provider, realm }: TestLedger): Uint8Array {
  const { address } = slot(name);
  return slotKey(writtenSlot({ organisation: provider.id, address }, realm));
}

function write(name: string, ledger: TestLedger, now: number): Uint8Array {
  const message = { slots: [slot(name)] };
  return ledger.serviceTransaction(ledger.provider, WriteSlots, message, now).envelope;
}

/** A ledger of one node with a history, promoted and ended; its first state in a folder. */
async function endedLedger(ledger: TestLedger): Promise<PromotionAnswer> {
  const { genesis, validatorSeed, registrar } = ledger;
  const home = join(folder, 'clinic');
  const common = { home, genesis, crypto, clock, workers: 1, idleBlockMs: 0 };
  const own = await openEmbeddedHome({ ...common, validatorSeed });
  const { engine, machine, archive } = own;
  const now = () => Math.floor(clock.nowMs() / 1000);
  for (let i = 0; i < 40; i++) await engine.submit(write(`old ${i}`, ledger, now()));
  const plan = samplePlan(ledger, { newcomers: VALIDATORS - 1, from: genesis.time });
  const message = { chain: plan.chain, plan: planDigest(plan, crypto) };
  const signed = ledger.officerTransaction(registrar, PromoteNetwork, message, now());
  const { height } = await engine.submit(signed.envelope);
  await engine.makeBlock();
  const answer = promotionAnswer({ machine, archive }, { plan, height: height + 1 }, crypto)!;
  new FirstStateFiles(join(home, 'first-state'), crypto).write(machine, answer);
  await own.stop();
  return answer;
}

async function startAll(stage: CometbftStage, first: string): Promise<StagedNode[]> {
  const indexes = Array.from({ length: VALIDATORS }, (_, i) => i);
  return Promise.all(indexes.map((index) => start(stage, index, first)));
}

/** Every node begins with the same files; each has its own ledger. */
async function start(stage: CometbftStage, index: number, first: string): Promise<StagedNode> {
  const home = join(folder, `node${index}`);
  cpSync(first, join(home, 'first-state'), { recursive: true });
  const files = new FirstStateFiles(first, crypto);
  const node = await stage.start(index, { home });
  const { genesis, provider } = stage.ledger;
  const own = { genesis, organisation: provider.id, software: 'ward/test', crypto };
  const queries = new EngineQueries({ ...node, ...own, promotion: () => files.promotion() });
  return { ...node, queries };
}

describe.skipIf(isWithoutCometbft)('a ledger of one node that became a network', () => {
  it('goes on at four nodes with all that it had, also behind a restart and a kill', async () => {
    const before = ledgerOfNow(crypto);
    const { genesis, last, proof, promotion } = await endedLedger(before);
    const base = last.header.height;
    const ledger = promotedLedger(before, genesis);
    const stage = new CometbftStage(ledger);
    stages.push(stage);
    const first = join(folder, 'clinic', 'first-state');
    const nodes = await startAll(stage, first);
    const [one, two] = nodes as [StagedNode, StagedNode];

    // What was written before is proved under the first header of the new chain.
    await reached(one, base + 2);
    const keys = [keyOf('old 0', before), keyOf('old 39', before)];
    const proved = one.queries.prove({ keys, height: base });
    expect(proved.block.header).toMatchObject({ chain: genesis.chain, height: base + 1 });
    for (const [i, item] of proved.items.entries()) {
      expect(item.value).not.toBeNull();
      const claim = { key: keys[i]!, ...item };
      expect(verifyState(claim, proved.block.header.appHash, crypto)).toBe(true);
    }
    expect(two.queries.promotion()).toEqual({ genesis, last, proof, promotion });

    // New transactions of old keys; those of the old chain are for another one.
    const now = () => Math.floor(clock.nowMs() / 1000);
    const receipts = await Promise.all(
      nodes.map((node, i) => node.queries.submit(write(`new ${i}`, ledger, now()))),
    );
    for (const { result, block } of receipts) {
      expect(result.code).toBe(0);
      expect(block.header.height).toBeGreaterThan(base);
    }
    const stale = one.queries.submit(write('never', before, now()));
    await expect(stale).rejects.toMatchObject({ code: 'NETWORK_MISMATCH' });

    // One restarts, one has lost its ledger and is sent all blocks again, one loses CometBFT.
    const [, , three, four] = nodes as [StagedNode, StagedNode, StagedNode, StagedNode];
    const height = Math.max(...receipts.map(({ next }) => next.header.height));
    await two.stop();
    const [twoAgain] = await Promise.all([start(stage, 1, first), reached(one, height + 1)]);
    await four.stop();
    for (const name of ['ledger', 'headers'])
      rmSync(join(folder, 'node3', name), { recursive: true });
    const fourAgain = await start(stage, 3, first);
    expect(fourAgain.machine.block(base + 1)).toBeDefined();
    process.kill(three.enginePid()!, 'SIGKILL');
    const after = fourAgain.engine.newest!.header.height + 3;
    const all = [one, twoAgain, three, fourAgain];
    await Promise.all(all.map((node) => reached(node, after)));
    const hashes = all.map(({ queries }) => toHex(queries.lightBlock(after).header.appHash));
    expect(new Set(hashes).size).toBe(1);
    const { result } = await fourAgain.queries.submit(write('last', ledger, now()));
    expect(result.code).toBe(0);
  }, 120_000);
});
