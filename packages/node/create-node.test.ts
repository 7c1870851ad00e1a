import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { IngressClient } from '@ward/engine';
import {
  getReceipt,
  getStatus,
  proveState,
  slotKey,
  submitTransaction,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { callEndpoint, MS_PER_SECOND, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { MovedClock } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { createNode, type NodeOptions, type WardNode } from './create-node.ts';
import { nodeInit } from './home/node-home.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, genesis, validatorSeed, realm } = ledger;
const random = seededRandom(5);
const NO_INPUT = { params: {}, query: {}, body: null };

const folders: string[] = [];
const nodes: WardNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function newHome(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'ward-node-'));
  folders.push(home);
  const serviceSeed = provider.service.secretKey.slice(0, 32);
  const own = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering: null };
  await nodeInit(own, home, crypto);
  return home;
}

const clock = new MovedClock({ nowMs: () => Date.now() }, (TEST_TIME + 9) * 1000 - Date.now());

async function start(home: string, options: Partial<NodeOptions> = {}) {
  const node = await createNode({ home, clock, crypto, workers: 1, ...options });
  nodes.push(node);
  return { node, transport: httpTransport(node.origin) };
}

function newWrite() {
  const address = random.bytes(32);
  const message = { slots: [{ address, value: random.bytes(32) }] };
  const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
  const { envelope, id } = ledger.serviceTransaction(provider, WriteSlots, message, now);
  const key = slotKey(writtenSlot({ organisation: provider.id, address }, realm));
  return { envelope, id, key };
}

async function oldestOf(transport: Transport): Promise<number> {
  return (await callEndpoint(getStatus, NO_INPUT, transport)).oldestHeight;
}

const asBody = <T>(body: T) => ({ params: {}, query: {}, body });

describe('a node over its home', () => {
  it('keeps over a restart what it acknowledged, with receipts of old transactions', async () => {
    const home = await newHome();
    const before = await start(home);
    const writes = Array.from({ length: 20 }, newWrite);
    const receipts = await Promise.all(
      writes.map(({ envelope }) =>
        callEndpoint(submitTransaction, asBody(envelope), before.transport),
      ),
    );
    const { height } = await callEndpoint(getStatus, NO_INPUT, before.transport);
    await before.node.close();
    // Their time passes meanwhile: the replay memory forgets them, the index does not.
    clock.offsetMs += 31 * 86_400_000;
    const after = await start(home);
    const status = await callEndpoint(getStatus, NO_INPUT, after.transport);
    expect(status.height).toBeGreaterThan(height);
    for (const [i, { id }] of writes.entries()) {
      const request = { params: { id }, query: {}, body: null };
      expect(await callEndpoint(getReceipt, request, after.transport)).toEqual(receipts[i]);
    }
    const keys = writes.map(({ key }) => key);
    const proof = await callEndpoint(proveState, asBody({ keys, height: null }), after.transport);
    expect(proof.items.every(({ value }) => value !== null)).toBe(true);
  });

  it('reads its index anew when it is gone', async () => {
    const home = await newHome();
    const before = await start(home);
    const { envelope, id } = newWrite();
    const receipt = await callEndpoint(submitTransaction, asBody(envelope), before.transport);
    await before.node.close();
    rmSync(join(home, 'transactions.db'));
    const { transport } = await start(home);
    const request = { params: { id }, query: {}, body: null };
    expect(await callEndpoint(getReceipt, request, transport)).toEqual(receipt);
  });

  it('drops old blocks where it is told to, and starts again without them', async () => {
    const home = await newHome();
    const limits = { keptBlocks: 20 };
    const { node, transport } = await start(home, { limits });
    const { envelope, id, key } = newWrite();
    await callEndpoint(submitTransaction, asBody(envelope), transport);
    for (let i = 0; i < 60; i++) {
      clock.offsetMs += 60_000;
      await callEndpoint(submitTransaction, asBody(newWrite().envelope), transport);
    }
    for (let tries = 0; tries < 200 && (await oldestOf(transport)) === 1; tries++) await pause(10);
    expect(await oldestOf(transport)).toBeGreaterThan(20);
    const request = { params: { id }, query: {}, body: null };
    const gone = await codeOfAsync(() => callEndpoint(getReceipt, request, transport));
    expect(gone).toBe('TRANSACTION_UNKNOWN');
    await node.close();
    const again = await start(home);
    expect(await oldestOf(again.transport)).toBeGreaterThan(20);
    const proof = await callEndpoint(
      proveState,
      asBody({ keys: [key], height: null }),
      again.transport,
    );
    expect(proof.items[0]!.value).not.toBeNull();
  });

  it('shows its time after the clock was moved', async () => {
    const { node, transport } = await start(await newHome());
    clock.offsetMs += 31 * 86_400_000;
    await node.nextBlock();
    const { time } = await callEndpoint(getStatus, NO_INPUT, transport);
    expect(Math.abs(time - clock.nowMs() / MS_PER_SECOND)).toBeLessThan(5);
    const { envelope } = newWrite();
    const receipt = await callEndpoint(submitTransaction, asBody(envelope), transport);
    expect(receipt.result.code).toBe(0);
  });

  it('answers its operator on another door', async () => {
    const { node } = await start(await newHome());
    expect((await fetch(`${node.opsOrigin}/livez`)).status).toBe(200);
    expect((await fetch(`${node.opsOrigin}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${node.opsOrigin}/metrics`)).text();
    expect(metrics).toMatch(/^ward_height \d+$/m);
    expect((await fetch(`${node.origin}/metrics`)).status).toBe(404);
  });

  it('takes frames on a socket', async () => {
    const home = await newHome();
    const { node, transport } = await start(home, { ingress: { folder: join(home, 'ingress') } });
    const client = await IngressClient.connect({ path: node.addresses[0]!.path! });
    const { envelope, id } = newWrite();
    const { height, refusal } = await client.submit(envelope);
    expect(refusal).toBeUndefined();
    await client.end();
    const request = { params: { id }, query: {}, body: null };
    const receipt = await callEndpoint(getReceipt, request, transport);
    expect(receipt.block.header.height).toBe(height);
  });

  it('shares its home with no other node', async () => {
    const home = await newHome();
    await start(home);
    expect(await codeOfAsync(() => createNode({ home, clock, crypto }))).toBe('HOME_LOCKED');
  });

  it('answers what is in work before it closes, and refuses what comes later', async () => {
    const home = await newHome();
    const { node, transport } = await start(home);
    const writes = Array.from({ length: 50 }, newWrite);
    const sent = writes.map(({ envelope }) =>
      codeOfAsync(() => callEndpoint(submitTransaction, asBody(envelope), transport)),
    );
    await sent[0];
    const [codes] = await Promise.all([Promise.all(sent), node.close()]);
    expect(codes.filter((code) => code === undefined).length).toBeGreaterThan(0);
    const later = await codeOfAsync(() => callEndpoint(getStatus, NO_INPUT, transport));
    expect(later).toBe('SERVER_UNREACHABLE');
    const again = await start(home);
    const found = writes.map(({ id }) => {
      const request = { params: { id }, query: {}, body: null };
      return codeOfAsync(() => callEndpoint(getReceipt, request, again.transport));
    });
    // What was taken was answered, what was answered was taken.
    for (const [i, code] of (await Promise.all(found)).entries()) {
      expect(code).toBe(codes[i] === undefined ? undefined : 'TRANSACTION_UNKNOWN');
    }
  });

  it('does not start without a home', async () => {
    const home = join(tmpdir(), 'ward-no-such-node');
    expect(await codeOfAsync(() => createNode({ home, clock, crypto }))).toBe('HOME_MISSING');
  });
});
