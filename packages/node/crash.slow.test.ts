import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  getReceipt,
  proveState,
  type Receipt,
  slotKey,
  submitTransaction,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  callEndpoint,
  hasCode,
  MS_PER_SECOND,
  type Transport,
  toHex,
  WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeInit } from './home/node-home.ts';

const ROUNDS = 12;
const CLIENTS = 16;
const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, genesis, validatorSeed, realm } = ledger;
const random = seededRandom(23);
const clock = { nowMs: () => Date.now() + clockOffsetMs };
const clockOffsetMs = (TEST_TIME + 9) * MS_PER_SECOND - Date.now();

const folders: string[] = [];
let child: ChildProcess | undefined;
afterEach(async () => {
  if (child?.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function startProcess(home: string): Promise<{ child: ChildProcess; node: Transport }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const flags = ['--home', home, '--listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'];
  child = fork(main, [...flags, '--workers', '1'], {
    env: { ...process.env, WARD_CLOCK_OFFSET_MS: String(clockOffsetMs), WARD_LOG_LEVEL: 'error' },
  });
  const [news] = await once(child, 'message');
  expect(news).toMatchObject({ kind: 'ready' });
  return { child, node: httpTransport((news as { origin: string }).origin) };
}

interface Sent {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  receipt: Receipt | undefined;
}

/** Sends one transaction after the other until the node is gone. */
async function load(node: Transport, sent: Sent[]): Promise<void> {
  for (;;) {
    const address = random.bytes(32);
    const message = { slots: [{ address, value: random.bytes(32) }] };
    const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
    const { envelope, id } = ledger.serviceTransaction(provider, WriteSlots, message, now);
    const key = slotKey(writtenSlot({ organisation: provider.id, address }, realm));
    const each: Sent = { id, key, receipt: undefined };
    sent.push(each);
    try {
      const request = { params: {}, query: {}, body: envelope };
      each.receipt = await callEndpoint(submitTransaction, request, node);
    } catch (error) {
      if (hasCode(error, 'SERVER_UNREACHABLE') || hasCode(error, 'ANSWER_INVALID')) return;
      throw error;
    }
  }
}

async function receiptOf(id: Uint8Array, node: Transport): Promise<Receipt | undefined> {
  try {
    return await callEndpoint(getReceipt, { params: { id }, query: {}, body: null }, node);
  } catch (error) {
    if (error instanceof WardError && error.code === 'TRANSACTION_UNKNOWN') return undefined;
    if (!hasCode(error, 'INDEX_BEHIND')) throw error;
    await pause(20);
    return receiptOf(id, node);
  }
}

async function isWritten(key: Uint8Array, node: Transport): Promise<boolean> {
  const request = { params: {}, query: {}, body: { keys: [key], height: null } };
  return (await callEndpoint(proveState, request, node)).items[0]!.value !== null;
}

describe('a node that is killed under load', () => {
  it('loses nothing that it acknowledged and does nothing halfway', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ward-crash-'));
    folders.push(home);
    const serviceSeed = provider.service.secretKey.slice(0, 32);
    const own = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering: null };
    await nodeInit(own, home, crypto);
    const all: Sent[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const running = await startProcess(home);
      const sent: Sent[] = [];
      const clients = Array.from({ length: CLIENTS }, () => load(running.node, sent));
      await pause(150 + random.below(600));
      running.child.kill('SIGKILL');
      await Promise.all([once(running.child, 'exit'), ...clients]);
      all.push(...sent);
    }
    const { node } = await startProcess(home);
    const networkFile = {
      ...{ network: realm.network, genesis, checkpoint: null, nodes: [node.name] },
      trustingPeriodSeconds: 86_400,
      witnesses: null,
    };
    const verified = new VerifiedLedger({ networkFile, nodes: [node], clock, crypto });
    const acknowledged = all.filter(({ receipt }) => receipt !== undefined);
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * CLIENTS);
    const places = new Set<string>();
    for (const { id, key, receipt } of all) {
      const found = await receiptOf(id, node);
      if (receipt !== undefined) expect(found).toEqual(receipt);
      expect(await isWritten(key, node)).toBe(found !== undefined);
      if (found === undefined) continue;
      await verified.verifyReceipt(found);
      places.add(`${found.block.header.height}/${found.proof.sides}/${toHex(found.transaction)}`);
    }
    expect(places.size).toBeGreaterThanOrEqual(acknowledged.length);
  });
});
