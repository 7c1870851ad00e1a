import { getObject, getObjects } from '@ward/charts';
import { createMemoryEngine } from '@ward/engine';
import {
  getLightBlock,
  getStatus,
  NodeStatus,
  organisationKey,
  proveState,
  refuseLedger,
  streamBlocks,
  VerifiedLedger,
} from '@ward/ledger/schema';
import { startNodeServer } from '@ward/node';
import {
  callEndpoint,
  callEvents,
  callRaw,
  collectBody,
  type LightBlock,
  toHex,
  word,
} from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { door, Metrics, silentLog, startServer } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { type Lie, lie, startLyingProxy } from './lying-proxy.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const clock = { nowMs: () => TEST_TIME * 1000 + 5000 };
const NO_INPUT = { params: {}, query: {}, body: null };

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function startNode() {
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  const { provider } = ledger;
  const server = await startNodeServer({
    ...{ ledger: memory, organisation: provider.id, service: provider.service, version: '0.0.0' },
    ...{ clock, crypto, random: systemRandom, log: silentLog, metrics: new Metrics() },
  });
  running.push(async () => {
    await server.close();
    await memory.stop();
  });
  return { ...memory, origin: server.origin };
}

async function lieBefore(target: string, ...lies: Lie[]) {
  const proxy = await startLyingProxy({ target, lies });
  running.push(() => proxy.close());
  return { proxy, transport: httpTransport(proxy.origin) };
}

describe('a lying proxy', () => {
  it('passes on what no lie is about', async () => {
    const { origin } = await startNode();
    const { proxy, transport } = await lieBefore(origin);
    const honest = await callEndpoint(getStatus, NO_INPUT, httpTransport(origin));
    expect(await callEndpoint(getStatus, NO_INPUT, transport)).toEqual(honest);
    const request = { params: { height: 99 }, query: {}, body: null };
    const code = codeOfAsync(() => callEndpoint(getLightBlock, request, transport));
    expect(await code).toBe('HEIGHT_NOT_RETAINED');
    expect(proxy.told).toBe(0);
  });

  it('rewrites an answer in CBOR and in JSON', async () => {
    const { origin } = await startNode();
    const older = lie(getStatus, (status) => ({ ...status, height: 77 }));
    const { proxy, transport } = await lieBefore(origin, older);
    expect((await callEndpoint(getStatus, NO_INPUT, transport)).height).toBe(77);
    const json = await (await fetch(`${proxy.origin}/v1/status`)).json();
    expect(NodeStatus.fromJson(json).height).toBe(77);
    expect(proxy.told).toBe(2);
  });

  it('can tell the truth or refuse, by what was asked', async () => {
    const { origin } = await startNode();
    const refusing = lie(getLightBlock, (block, { params }) =>
      params.height === '1' ? refuseLedger('RECORD_UNKNOWN') : block,
    );
    const { proxy, transport } = await lieBefore(origin, refusing);
    const ask = (height: number) =>
      callEndpoint(getLightBlock, { params: { height }, query: {}, body: null }, transport);
    expect((await ask(0)).header.height).toBe(1);
    expect(await codeOfAsync(() => ask(1))).toBe('RECORD_UNKNOWN');
    expect(proxy.told).toBe(1);
  });

  it('rewrites events of a stream', async () => {
    const { origin, makeBlock } = await startNode();
    const shifted = lie(streamBlocks, (block) => ({
      ...block,
      header: { ...block.header, height: block.header.height + 100 },
    }));
    const { transport } = await lieBefore(origin, shifted);
    await makeBlock();
    const seen: LightBlock[] = [];
    const request = { params: {}, query: { from: 1 }, body: null };
    for await (const block of callEvents(streamBlocks, request, transport)) {
      seen.push(block);
      if (seen.length === 2) break;
    }
    expect(seen.map(({ header }) => header.height)).toEqual([101, 102]);
  });

  it('is caught by a client that verifies', async () => {
    const { origin, makeBlock } = await startNode();
    await makeBlock();
    const networkFile = {
      ...{ network: ledger.realm.network, genesis: ledger.genesis, checkpoint: null },
      ...{ nodes: [origin], trustingPeriodSeconds: 86_400, witnesses: null },
    };
    const absent = lie(proveState, (answer) => ({
      ...answer,
      items: answer.items.map((item) => ({ ...item, value: null })),
    }));
    const { transport } = await lieBefore(origin, absent);
    const lies: string[] = [];
    const onLie = (_: string, { code }: { code: string }) => lies.push(code);
    const verified = new VerifiedLedger({ networkFile, nodes: [transport], onLie, clock, crypto });
    const { genesis } = ledger;
    const key = organisationKey(genesis.members[0]!.id);
    expect(await codeOfAsync(() => verified.prove([key]))).toBe('PROOF_INVALID');
    expect(lies).toEqual(['PROOF_INVALID']);
  });

  it('rewrites raw bytes and passes request bodies on', async () => {
    const bytes = new Uint8Array(300_000).fill(7);
    const asked: string[] = [];
    const server = await startServer({
      ...{ name: word('vault'), version: '0.0.0', organisation: ledger.provider.id },
      ...{ realm: ledger.realm, clock, members: null, log: silentLog, metrics: new Metrics() },
      doors: [
        door(getObject, () => bytes),
        door(getObjects, ({ body }) => {
          asked.push(...body.names.map(toHex));
          return { objects: body.names.map(() => bytes.slice(0, 9)) };
        }),
      ],
    });
    running.push(() => server.close());
    const altered = lie(getObject, (object) => object.with(5, 8));
    const withheld = lie(getObjects, ({ objects }) => ({ objects: objects.map(() => null) }));
    const { transport } = await lieBefore(server.origin, altered, withheld);
    const name = new Uint8Array(32).fill(1);
    const request = { params: { name }, query: {}, body: null };
    const body = await callRaw(getObject, request, transport);
    expect(await collectBody(body, 400_000)).toEqual(bytes.with(5, 8));
    const names = { params: {}, query: {}, body: { names: [name] } };
    expect((await callEndpoint(getObjects, names, transport)).objects).toEqual([null]);
    expect(asked).toEqual([toHex(name)]);
  });
});
