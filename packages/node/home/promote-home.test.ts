import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockArchive, FirstStateFiles, VolatileStorage } from '@ward/engine';
import { StateMachine } from '@ward/ledger';
import {
  Genesis,
  getLightBlock,
  getPromotion,
  getReceipt,
  getStatus,
  PromoteNetwork,
  Promotion,
  type PromotionAnswer,
  planDigest,
  promotionKey,
  type Receipt,
  submitTransaction,
  WriteSlots,
} from '@ward/ledger/schema';
import { callEndpoint, MS_PER_SECOND, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { MovedClock } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { samplePlan } from '@ward/testkit/sample-promotion';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backUpHome } from '../backup/back-up-home.ts';
import { isBackedUp } from '../backup/backup-entries.ts';
import { restoreHome } from '../backup/restore-home.ts';
import { createNode, type WardNode } from '../create-node.ts';
import { loadNodeHome, nodeInit } from './node-home.ts';
import { openPredecessor, saveBeginning, savePromotionPlan } from './predecessor.ts';
import { copyFirstState, promoteHome } from './promote-home.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { registrar, genesis, validatorSeed } = ledger;
const plan = samplePlan(ledger);
const NO_INPUT = { params: {}, query: {}, body: null };
const clock = new MovedClock({ nowMs: () => Date.now() }, (TEST_TIME + 9) * 1000 - Date.now());
const peering = { nodeSeed: new Uint8Array(32).fill(3), address: '127.0.0.1:26656', peers: [] };
const folder = mkdtempSync(join(tmpdir(), 'ward-promote-'));
const home = join(folder, 'clinic');

const nodes: WardNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start() {
  const node = await createNode({ home, clock, crypto, workers: 1 });
  nodes.push(node);
  return { node, transport: httpTransport(node.origin) };
}

function now(): number {
  return Math.floor(clock.nowMs() / MS_PER_SECOND);
}

let copies = 0;
/** A copy of the home as the old node left it. */
function copyOf(): string {
  const own = join(folder, `copy ${copies++}`);
  cpSync(home, own, { recursive: true });
  return own;
}

let receipt: Receipt;
let answer: PromotionAnswer;

beforeAll(async () => {
  const serviceSeed = registrar.service.secretKey.slice(0, 32);
  const own = { organisation: registrar.id, genesis, validatorSeed, serviceSeed, peering: null };
  await nodeInit(own, home, crypto);
  const { node, transport } = await start();
  const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
  const { envelope } = ledger.serviceTransaction(registrar, WriteSlots, { slots }, now());
  receipt = await callEndpoint(submitTransaction, { ...NO_INPUT, body: envelope }, transport);
  const ask = () => callEndpoint(getPromotion, NO_INPUT, transport);
  expect(await codeOfAsync(ask)).toBe('PROMOTION_UNKNOWN');
  const message = { chain: plan.chain, plan: planDigest(plan, crypto) };
  const signed = ledger.officerTransaction(registrar, PromoteNetwork, message, now());
  await callEndpoint(submitTransaction, { ...NO_INPUT, body: signed.envelope }, transport);
  expect(await codeOfAsync(ask)).toBe('PROMOTION_UNKNOWN');
  await savePromotionPlan(home, plan);
  answer = await ask();
  await node.close();
});

function promote(to: string): Promise<void> {
  return promoteHome({ home: to, genesis: answer.genesis, last: answer.last, peering }, crypto);
}

describe('a node whose ledger was promoted', () => {
  it('shows how it goes on, and makes no block behind its last, nor after a restart', async () => {
    const { node, transport } = await start();
    expect(await callEndpoint(getPromotion, NO_INPUT, transport)).toEqual(answer);
    const { header } = answer.last;
    const claim = {
      ...{ key: promotionKey, value: Promotion.encode(answer.promotion) },
      proof: answer.proof,
    };
    expect(verifyState(claim, header.appHash, crypto)).toBe(true);
    await node.nextBlock();
    const { height } = await callEndpoint(getStatus, NO_INPUT, transport);
    expect(height).toBe(header.height);
    const slots = [{ address: new Uint8Array(32).fill(1), value: new Uint8Array(32) }];
    const { envelope } = ledger.serviceTransaction(registrar, WriteSlots, { slots }, now());
    const refused = callEndpoint(submitTransaction, { ...NO_INPUT, body: envelope }, transport);
    expect(await codeOfAsync(() => refused)).toBe('NETWORK_PROMOTED');
    const params = { id: receipt.transaction };
    const again = await callEndpoint(getReceipt, { ...NO_INPUT, params }, transport);
    expect(again).toEqual(receipt);
    const newest = { ...NO_INPUT, params: { height: 0 } };
    expect(await callEndpoint(getLightBlock, newest, transport)).toEqual(answer.last);
  });
});

describe('the home of such a node', () => {
  /** What stands in a home that goes on. */
  async function checkPromoted(own: string): Promise<void> {
    const files = await loadNodeHome(own);
    expect(Genesis.encode(files.genesis)).toEqual(Genesis.encode(answer.genesis));
    expect(files.peering).toEqual(peering);
    expect(existsSync(join(own, 'predecessor/ledger'))).toBe(true);
    const first = new FirstStateFiles(join(own, 'first-state'), crypto);
    const machine = openMachine();
    machine.beginWith(first.read()!);
    expect(machine.height).toBe(answer.last.header.height);
    const engine = { newest: undefined } as never;
    const archive = new BlockArchive(machine, crypto);
    const before = openPredecessor(own, { engine, machine, archive }, crypto);
    const { height } = receipt.block.header;
    expect(before.archive.lightBlock(height)).toEqual(receipt.block);
    expect(before.archive.receiptParts(height)!.proof(0)).toEqual(receipt.proof);
    expect(before.archive.block(height)!.transactions).toHaveLength(1);
    expect(before.archive.oldest).toBe(1);
    expect(before.promotion()).toEqual(answer);
    await before.close();
  }

  function openMachine(): StateMachine {
    const storage = new VolatileStorage();
    return StateMachine.open({ storage, genesis: answer.genesis, crypto });
  }

  it('becomes a home of the chain that goes on, with the old ledger to read', async () => {
    const own = copyOf();
    await promote(own);
    await checkPromoted(own);
    await promote(own);
    await checkPromoted(own);
  });

  it('does so from wherever a crash left it, and never opens half moved', async () => {
    const whole = copyOf();
    await promote(whole);
    const part = (name: string, own: string) =>
      cpSync(join(whole, name), join(own, name), { recursive: true });
    const crashes: ((own: string) => void)[] = [
      (own) => {
        part('first-state', own);
        rmSync(join(own, 'first-state', 'promotion'));
      },
      (own) => part('first-state', own),
      (own) => ['first-state', 'genesis.json', 'predecessor/genesis.json'].map((n) => part(n, own)),
      (own) => {
        for (const name of ['first-state', 'genesis.json', 'predecessor']) part(name, own);
        rmSync(join(own, 'ledger'), { recursive: true });
        renameSync(join(own, 'predecessor/validator-state'), join(own, 'validator-state'));
      },
      (own) => {
        for (const name of ['first-state', 'genesis.json', 'predecessor']) part(name, own);
        for (const name of ['ledger', 'validator-state'])
          rmSync(join(own, name), { recursive: true });
      },
    ];
    for (const [index, crash] of crashes.entries()) {
      const own = copyOf();
      crash(own);
      const open = () => createNode({ home: own, clock, crypto, workers: 1 });
      // Before its genesis is another it is the old node, which ended; then none at all.
      if (index === 2) expect(await codeOfAsync(open)).toBe('LOG_FOREIGN');
      if (index > 2) expect(await codeOfAsync(open)).toBe('VALIDATOR_MISMATCH');
      await promote(own);
      await checkPromoted(own);
    }
  });

  it('is left as it is where its ledger ended otherwise', async () => {
    const own = copyOf();
    const { last, genesis: next } = answer;
    const other = { ...last, header: { ...last.header, dataHash: new Uint8Array(32) } };
    const wrong = [
      { home: own, genesis: next, last: other, peering },
      { home: own, genesis: { ...next, members: next.members.slice(1) }, last, peering },
      { home: own, genesis: { ...next, time: next.time + 1 }, last, peering },
    ];
    for (const one of wrong) {
      expect(await codeOfAsync(() => promoteHome(one, crypto))).toBe('PROMOTION_DIFFERS');
    }
    expect((await loadNodeHome(own)).peering).toBeNull();
    expect(existsSync(join(own, 'ledger'))).toBe(true);
  });

  it('is backed up with its first state and the old ledger', async () => {
    const own = copyOf();
    await promote(own);
    const [to, restored] = [join(folder, 'backup'), join(folder, 'restored')];
    await backUpHome({ home: own, to, passphrase: 'synthetic' });
    await restoreHome({ file: to, home: restored, passphrase: 'synthetic', crypto });
    await checkPromoted(restored);
  }, 60_000);

  it('of one that joined later shows how the chain began, and is backed up with that', async () => {
    const own = copyOf();
    for (const name of ['first-state', 'ledger', 'predecessor', 'validator-state']) {
      rmSync(join(own, name), { recursive: true, force: true });
    }
    const machine = openMachine();
    const archive = new BlockArchive(machine, crypto);
    const running = { engine: { newest: undefined } as never, machine, archive };
    expect(openPredecessor(own, running, crypto).promotion()).toBeUndefined();
    await saveBeginning(own, answer);
    const before = openPredecessor(own, running, crypto);
    expect(before.promotion()).toEqual(answer);
    expect(before.archive.lightBlock(answer.last.header.height)).toEqual(answer.last);
    expect(isBackedUp('predecessor/promotion')).toBe(true);
  });

  it('hands its first state over to the home of a new member', async () => {
    const [own, newcomer] = [copyOf(), join(folder, 'newcomer')];
    const from = join(own, 'first-state');
    const give = (genesis = answer.genesis) =>
      copyFirstState({ from, to: newcomer, genesis }, crypto);
    expect(await codeOfAsync(give)).toBe('PROMOTION_DIFFERS');
    await promote(own);
    const other = { ...answer.genesis, time: answer.genesis.time + 1 };
    expect(await codeOfAsync(() => give(other))).toBe('PROMOTION_DIFFERS');
    expect(existsSync(join(newcomer, 'first-state'))).toBe(false);
    await give();
    await give();
    const machine = openMachine();
    machine.beginWith(new FirstStateFiles(join(newcomer, 'first-state'), crypto).read()!);
    expect(machine.isBegun).toBe(true);
    const archive = new BlockArchive(machine, crypto);
    const engine = { newest: undefined } as never;
    // It has none of the blocks, but shows where they ended.
    const before = openPredecessor(newcomer, { engine, machine, archive }, crypto);
    expect(before.archive.lightBlock(machine.height)).toEqual(answer.last);
    expect(before.archive.lightBlock(1)).toBeUndefined();
    expect(before.archive.oldest).toBe(machine.height + 1);
  });
});
