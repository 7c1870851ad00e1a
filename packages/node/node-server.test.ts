import { createMemoryEngine } from '@ward/engine';
import {
  carriedSlot,
  carrySlot,
  Genesis,
  getBlock,
  getGenesis,
  getLightBlock,
  getReceipt,
  getStatus,
  NodeStatus,
  proveState,
  Receipt,
  Slot,
  signCarriedSlot,
  slotKey,
  streamBlocks,
  streamSlots,
  submitTransaction,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { callEndpoint, callEvents, type Height, type LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { Metrics, silentLog } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { type NodeServerOptions, startNodeServer } from './node-server.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, realm, genesis } = ledger;
const clock = { nowMs: () => TEST_TIME * 1000 + 5000 };
const random = seededRandom(11);
const NO_INPUT = { params: {}, query: {}, body: null };

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function startNode(options: Partial<NodeServerOptions> = {}) {
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  const server = await startNodeServer({
    ...{ ledger: memory, organisation: provider.id, version: '0.0.0', log: silentLog },
    service: provider.service,
    ...{ clock, crypto, random, metrics: new Metrics() },
    ...options,
  });
  running.push(async () => {
    await server.close();
    await memory.stop();
  });
  const node = httpTransport(server.origin);
  const networkFile = {
    ...{ network: realm.network, genesis, checkpoint: null, nodes: [server.origin] },
    trustingPeriodSeconds: 7 * 86_400,
    witnesses: null,
  };
  const verified = new VerifiedLedger({ networkFile, nodes: [node], clock, crypto });
  return { ...memory, server, node, verified };
}

function newWrite() {
  const address = random.bytes(32);
  const value = random.bytes(32);
  const message = { slots: [{ address, value }] };
  const { envelope, id } = ledger.serviceTransaction(provider, WriteSlots, message, TEST_TIME + 5);
  const key = slotKey(writtenSlot({ organisation: provider.id, address }, realm));
  return { envelope, id, key, value };
}

function newCarried() {
  const keyPair = crypto.ed25519.keyPair(random.bytes(32));
  return {
    ...signCarriedSlot({ value: random.bytes(32), keyPair }, realm),
    token: new Uint8Array(0),
  };
}

async function firstOf<T>(count: number, events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const event of events) {
    found.push(event);
    if (found.length === count) break;
  }
  return found;
}

describe('the doors of a node', () => {
  it('answers status and genesis as CBOR and as JSON', async () => {
    const { node, server } = await startNode();
    const status = await callEndpoint(getStatus, NO_INPUT, node);
    expect(status).toMatchObject({ engine: 'embedded', chain: genesis.chain, height: 1 });
    const json = await (await fetch(`${server.origin}/v1/status`)).json();
    expect(NodeStatus.fromJson(json)).toEqual(status);
    expect(await callEndpoint(getGenesis, NO_INPUT, node)).toEqual(genesis);
    const answer = await fetch(`${server.origin}/v1/genesis`);
    expect(Genesis.fromJson(await answer.json())).toEqual(genesis);
  });

  it('takes a transaction and answers a receipt that a light client believes', async () => {
    const { node, verified } = await startNode();
    const { envelope, id, key, value } = newWrite();
    const request = { params: {}, query: {}, body: envelope };
    const receipt = await callEndpoint(submitTransaction, request, node);
    expect(receipt.transaction).toEqual(id);
    await verified.verifyReceipt(receipt);
    const again = await callEndpoint(submitTransaction, request, node);
    expect(again).toEqual(receipt);
    const later = await callEndpoint(getReceipt, { params: { id }, query: {}, body: null }, node);
    expect(later).toEqual(receipt);
    const state = await verified.prove([key]);
    expect(state.record(Slot, key)?.value).toEqual(value);
  });

  it('carries slots for those who do not say who they are', async () => {
    const { node, verified, server } = await startNode();
    const first = newCarried();
    const second = newCarried();
    const request = { params: {}, query: {}, body: first };
    const receipt = await callEndpoint(carrySlot, request, node);
    await verified.verifyReceipt(receipt);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const { pk, value, signature } = second;
    const answer = await fetch(`${server.origin}/v1/slots`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        pk: hex(pk),
        value: hex(value),
        signature: hex(signature),
        token: '',
      }),
    });
    expect(Receipt.fromJson(await answer.json()).result.code).toBe(0);
    const keys = [first, second].map((slot) => slotKey(carriedSlot(slot.pk, realm)));
    const state = await verified.prove(keys);
    expect(keys.map((key) => state.record(Slot, key)?.value)).toEqual([first.value, second.value]);
    expect(await codeOfAsync(() => callEndpoint(carrySlot, request, node))).toBe('SLOT_TAKEN');
  });

  it('answers blocks and light blocks of a height, the newest for height 0', async () => {
    const { node } = await startNode();
    const { envelope } = newWrite();
    await callEndpoint(submitTransaction, { params: {}, query: {}, body: envelope }, node);
    const at = (height: Height) => ({ params: { height }, query: {}, body: null });
    const block = await callEndpoint(getBlock, at(2), node);
    expect(block.transactions).toEqual([envelope]);
    expect(block.results.map(({ code }) => code)).toEqual([0]);
    expect(await callEndpoint(getLightBlock, at(2), node)).toEqual(block.block);
    const newest = await callEndpoint(getLightBlock, at(0), node);
    expect(newest.header.height).toBe(3);
    const missing = codeOfAsync(() => callEndpoint(getBlock, at(99), node));
    expect(await missing).toBe('HEIGHT_NOT_RETAINED');
  });

  it('proves that a key has no value', async () => {
    const { node } = await startNode();
    const body = { keys: [newWrite().key], height: null };
    const answer = await callEndpoint(proveState, { params: {}, query: {}, body }, node);
    expect(answer.items.map(({ value }) => value)).toEqual([null]);
  });

  it('refuses as problem+json, with code, status and what to do', async () => {
    const { server } = await startNode();
    const unknown = await fetch(`${server.origin}/v1/transactions/${'00'.repeat(32)}`);
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toBe('application/problem+json');
    expect(await unknown.json()).toMatchObject({ code: 'TRANSACTION_UNKNOWN', status: 404 });
    const body = new Uint8Array(600 * 1024);
    const large = await fetch(`${server.origin}/v1/transactions`, { method: 'POST', body });
    expect(large.status).toBe(413);
    const rubbish = await fetch(`${server.origin}/v1/transactions`, { method: 'POST', body: 'x' });
    expect(rubbish.status).toBe(400);
  });

  it('describes all its doors in OpenAPI 3.1', async () => {
    const { server } = await startNode();
    const document = await (await fetch(`${server.origin}/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual([
      ...['/v1/block-headers/{height}', '/v1/blocks/stream', '/v1/blocks/{height}'],
      ...['/v1/genesis', '/v1/light-blocks/{height}', '/v1/promotion', '/v1/proofs'],
      ...['/v1/slots', '/v1/slots/stream', '/v1/status'],
      ...['/v1/transactions', '/v1/transactions/{id}'],
    ]);
  });
});

describe('the streams of a node', () => {
  it('give every block once, from the past into the present', async () => {
    const { node, makeBlock } = await startNode();
    await makeBlock();
    await makeBlock();
    const request = { params: {}, query: { from: 2 }, body: null };
    const reading = firstOf(4, callEvents(streamBlocks, request, node));
    await makeBlock();
    await makeBlock();
    const heights = (await reading).map(({ header }: LightBlock) => header.height);
    expect(heights).toEqual([2, 3, 4, 5]);
  });

  it('give slots by block, and go on behind the event that was seen last', async () => {
    const { node, server, queries } = await startNode();
    for (let i = 0; i < 3; i++) await queries.submit(newWrite().envelope);
    const request = { params: {}, query: { from: 1 }, body: null };
    const seen = await firstOf(2, callEvents(streamSlots, request, node));
    const headers = { 'last-event-id': String(seen[1]!.height) };
    const abort = new AbortController();
    const url = `${server.origin}/v1/slots/stream`;
    const answer = await fetch(url, { headers, signal: abort.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('\n\n') && text.includes('data:')) break;
    }
    abort.abort();
    const [, id] = /id: (\d+)\n/.exec(text)!;
    expect(Number(id)).toBe(seen[1]!.height + 2);
  });

  it('send a comment when nothing happens for long', async () => {
    const { server } = await startNode({ serverLimits: { heartbeatMs: 20 } });
    const abort = new AbortController();
    const answer = await fetch(`${server.origin}/v1/blocks/stream`, { signal: abort.signal });
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      if (text.length >= 9) break;
    }
    expect(text).toBe(':\n\n'.repeat(3));
    abort.abort();
  });

  it('end when the node closes', async () => {
    const { node, server } = await startNode();
    const request = { params: {}, query: { from: null }, body: null };
    const reading = firstOf(99, callEvents(streamBlocks, request, node));
    await fetch(`${server.origin}/v1/status`);
    await server.close();
    expect(await reading).toEqual([]);
  });
});

describe('quotas of a node', () => {
  it('hold for slots that come from one place', async () => {
    const { node, server } = await startNode({
      limits: { carriedBurst: 2, carriedPerSecond: 0.1 },
    });
    const carry = () =>
      callEndpoint(carrySlot, { params: {}, query: {}, body: newCarried() }, node);
    await carry();
    await carry();
    expect(await codeOfAsync(carry)).toBe('CARRIER_LIMITED');
    const body = JSON.stringify({ pk: '', value: '', signature: '', token: '' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.origin}/v1/slots`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
  });

  it('hold for proofs by the number of keys, and say when to come back', async () => {
    const { server } = await startNode({ limits: { provedBurst: 5, provedPerSecond: 1 } });
    const ask = (keys: number) =>
      fetch(`${server.origin}/v1/proofs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ keys: Array(keys).fill('00'), height: null }),
      });
    expect((await ask(4)).status).toBe(200);
    const refused = await ask(4);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
    expect(await refused.json()).toMatchObject({ code: 'PROOFS_LIMITED' });
    expect((await ask(1)).status).toBe(200);
  });

  it('hold for pages of headers as for as many keys', async () => {
    const { server } = await startNode({ limits: { provedBurst: 150, provedPerSecond: 1 } });
    const ask = () => fetch(`${server.origin}/v1/block-headers/1`);
    const page = await ask();
    expect(page.status).toBe(200);
    const { headers } = (await page.json()) as { headers: { height: number }[] };
    expect(headers.map(({ height }) => height)).toEqual([1]);
    expect((await ask()).status).toBe(429);
  });

  it('count transactions of an organisation only once they were taken', async () => {
    const { node } = await startNode({
      limits: { organisationBurst: 2, organisationPerSecond: 0.01 },
    });
    const send = (body: Uint8Array) =>
      callEndpoint(submitTransaction, { params: {}, query: {}, body }, node);
    // Signed by somebody else in the organisation's name: it costs the organisation nothing.
    const stranger = { ...provider, service: ledger.registrar.service };
    const message = { slots: [{ address: random.bytes(32), value: random.bytes(32) }] };
    for (let i = 0; i < 3; i++) {
      const forged = ledger.serviceTransaction(stranger, WriteSlots, message, TEST_TIME + 5);
      expect(await codeOfAsync(() => send(forged.envelope))).toBe('SIGNER_UNKNOWN');
    }
    await send(newWrite().envelope);
    await send(newWrite().envelope);
    expect(await codeOfAsync(() => send(newWrite().envelope))).toBe('ORGANISATION_LIMITED');
    const { registrar } = ledger;
    const own = ledger.serviceTransaction(registrar, WriteSlots, message, TEST_TIME + 5);
    expect((await send(own.envelope)).result.code).toBe(0);
  });
});
