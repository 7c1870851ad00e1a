import { createMemoryEngine } from '@ward/engine';
import { CarryRequest, ProofRequest, signCarriedSlot, WriteSlots } from '@ward/ledger/schema';
import { CBOR_TYPE, encodeUtf8, RAW_TYPE, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { Metrics, silentLog } from '@ward/server';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { fuzzHttp } from '@ward/testkit/http-fuzz';
import type { SampleRequest } from '@ward/testkit/http-mutations';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { expect, it } from 'vitest';
import { startNodeServer } from './node-server.ts';

const IN_PROCESS = inputsFor(60_000);
const OVER_SOCKETS = 20_000;
const ALL_OF_THEM = 1_000_000_000;
const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const random = seededRandom(6);

function samples(): SampleRequest[] {
  const keyPair = crypto.ed25519.keyPair(random.bytes(32));
  const slot = signCarriedSlot({ value: random.bytes(32), keyPair }, ledger.realm);
  const carried = { ...slot, token: new Uint8Array(0) };
  const proof = { keys: [random.bytes(33), random.bytes(40)], height: null };
  const message = { slots: [{ address: random.bytes(32), value: random.bytes(32) }] };
  const { provider } = ledger;
  const { envelope } = ledger.serviceTransaction(provider, WriteSlots, message, TEST_TIME + 5);
  const json = (value: unknown) => ({
    headers: { 'content-type': 'application/json' },
    body: encodeUtf8(JSON.stringify(value)),
  });
  const cbor = (body: Uint8Array) => ({ headers: { 'content-type': CBOR_TYPE }, body });
  const raw = (body: Uint8Array) => ({ headers: { 'content-type': RAW_TYPE }, body });
  const post = (target: string) => ({ method: 'POST', target, weight: 3 }) as const;
  const get = (target: string) => ({ method: 'GET', target }) as const;
  return [
    { ...post('/v1/proofs'), ...cbor(ProofRequest.encode(proof)) },
    { ...post('/v1/proofs'), ...json(ProofRequest.toJson(proof)) },
    { ...post('/v1/slots'), ...cbor(CarryRequest.encode(carried)) },
    { ...post('/v1/slots'), ...json(CarryRequest.toJson(carried)) },
    { ...post('/v1/transactions'), ...raw(envelope) },
    get('/v1/status'),
    get('/v1/light-blocks/1'),
    get('/v1/block-headers/1'),
    get('/v1/blocks/1'),
    get(`/v1/transactions/${toHex(random.bytes(32))}`),
  ];
}

it('answers whatever comes over HTTP with success or a code, in bounded memory', async () => {
  const clock = { nowMs: () => TEST_TIME * 1000 };
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  const { service, id: organisation } = ledger.provider;
  const node = await startNodeServer({
    ...{ ledger: memory, organisation, service, version: '0.0.0', clock, crypto, random },
    ...{ log: silentLog, metrics: new Metrics() },
    limits: { provedBurst: ALL_OF_THEM, carriedBurst: ALL_OF_THEM },
    serverLimits: { sourceBurst: ALL_OF_THEM },
  });
  const { origin } = node;
  const near = { server: node.transport, samples: samples(), seed: 41, runs: IN_PROCESS };
  const report = await fuzzHttp(near);
  tellFuzz('HTTP of a node', report);
  expect(report.parsed).toBeGreaterThan(IN_PROCESS / 3);
  const far = { server: origin, samples: samples(), seed: 42, runs: OVER_SOCKETS };
  const overSockets = await fuzzHttp(far);
  expect(overSockets.parsed).toBeGreaterThan(OVER_SOCKETS / 3);
  const codes = [...report.codes.keys()];
  for (const code of [
    'OK',
    'ENDPOINT_UNKNOWN',
    'PARAMETER_INVALID',
    'JSON_INVALID',
    'SLOT_SIGNATURE',
  ]) {
    expect(codes).toContain(code);
  }
  expect(codes.filter((code) => code.startsWith('CBOR_')).length).toBeGreaterThan(5);
  expect(codes.filter((code) => code.startsWith('FORMAT_')).length).toBeGreaterThan(2);
  expect(await (await fetch(`${origin}/v1/status`)).json()).toHaveProperty('height');
  await node.close();
  await memory.stop();
});
