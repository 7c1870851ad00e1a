import {
  Manifest,
  NoticeBatch,
  ObjectBatch,
  ObjectNames,
  parseHeader,
  type SealedUnit,
  writeUnit,
} from '@ward/charts';
import { CBOR_TYPE, encodeUtf8, RAW_TYPE, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { fuzzHttp } from '@ward/testkit/http-fuzz';
import type { SampleRequest } from '@ward/testkit/http-mutations';
import { type SampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { ServerStage } from '@ward/testkit/server-stage';
import { MemoryBodies } from '@ward/testkit/unit-store';
import { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameObject, StoredBodies } from './objects/named-object.ts';

const IN_PROCESS = inputsFor(60_000);
const OVER_SOCKETS = 20_000;
const PARSED = inputsFor(200_000);
const ALL_OF_THEM = 1_000_000_000;
let stage: ServerStage;
let vault: VaultStage;
let chart: SampleChart;
let unit: SealedUnit;

beforeAll(async () => {
  stage = await ServerStage.start(await loadCrypto(), [['provider'], ['laboratory']]);
  const limits = { headersDayMax: ALL_OF_THEM, lettersBurst: ALL_OF_THEM };
  const serverLimits = { sourceBurst: ALL_OF_THEM };
  vault = await VaultStage.start(stage, stage.ledger.provider, { limits, serverLimits });
  chart = vault.chart(1);
  await vault.publish(chart.sign(), chart);
  const { random, realm, header } = chart;
  const author = sampleAuthor(stage.ledger.provider.service, stage.ledger.provider.id);
  const records = [sampleRecord(random.bytes(100))];
  const caption = { kind: 'encounter', month: 0 } as const;
  const input = { records, caption, author, header };
  unit = await writeUnit(input, new MemoryBodies(realm.crypto), random, realm);
});
afterAll(async () => {
  await vault.close();
  await stage.stop();
});

const batch = () => ({
  objects: [
    { kind: 'manifest', bytes: unit.manifest },
    { kind: 'object', bytes: chart.random.bytes(40) },
  ] as const,
});
const notices = () => ({
  notices: [1, 2].map(() => ({ chart: chart.chart, sealed: chart.random.bytes(40) })),
});

function samples(): SampleRequest[] {
  const id = toHex(chart.chart);
  const name = toHex(chart.random.bytes(32));
  const inbox = toHex(stage.ledger.provider.id);
  const owner = stage.asOwner(chart, vault.id);
  const writer = stage.as(stage.ledger.members[2]!, vault.id);
  const json = (value: unknown) => ({
    headers: { 'content-type': 'application/json' },
    body: encodeUtf8(JSON.stringify(value)),
  });
  const cbor = (body: Uint8Array) => ({ headers: { 'content-type': CBOR_TYPE }, body });
  const raw = (body: Uint8Array) => ({ headers: { 'content-type': RAW_TYPE }, body });
  const names = { names: [chart.random.bytes(32)] };
  return [
    { method: 'PUT', target: `/v1/charts/${id}/header`, ...raw(chart.sign().bytes) },
    { method: 'GET', target: `/v1/charts/${id}/header`, weight: 3 },
    {
      ...{ method: 'POST', target: `/v1/charts/${id}/objects`, weight: 2, sign: owner },
      ...cbor(ObjectBatch.encode(batch())),
    },
    {
      ...{ method: 'POST', target: `/v1/charts/${id}/objects`, sign: writer },
      ...json(ObjectBatch.toJson(batch())),
    },
    { method: 'POST', target: `/v1/charts/${id}/objects`, ...cbor(ObjectBatch.encode(batch())) },
    {
      ...{ method: 'POST', target: '/v1/mailboxes', weight: 2, sign: writer },
      ...cbor(NoticeBatch.encode(notices())),
    },
    { method: 'DELETE', target: `/v1/charts/${id}/objects/${name}`, sign: owner },
    { method: 'GET', target: `/v1/charts/${name}/header?version=0`, weight: 2 },
    { method: 'GET', target: `/v1/objects/${name}`, weight: 4 },
    { method: 'GET', target: `/v1/objects/${name}/bodies/1`, weight: 3 },
    { method: 'POST', target: '/v1/objects', weight: 3, ...cbor(ObjectNames.encode(names)) },
    { method: 'POST', target: '/v1/objects', weight: 3, ...json(ObjectNames.toJson(names)) },
    {
      ...{ method: 'POST', target: `/v1/charts/${id}/mailbox`, sign: writer },
      ...raw(chart.random.bytes(60)),
    },
    { method: 'GET', target: `/v1/charts/${id}/mailbox?after=9000000`, sign: owner },
    { method: 'POST', target: `/v1/inboxes/${inbox}`, ...raw(chart.random.bytes(60)) },
    { method: 'GET', target: '/v1/vault', weight: 3 },
  ];
}

describe('a vault under fuzzing', () => {
  it('answers whatever comes over HTTP with success or a code, in bounded memory', async () => {
    const { origin } = vault.vault;
    const near = { server: vault.vault.transport, samples: samples(), seed: 42 };
    const report = await fuzzHttp({ ...near, runs: IN_PROCESS });
    tellFuzz('HTTP of a vault', report);
    expect(report.parsed).toBeGreaterThan(IN_PROCESS / 3);
    const far = { server: origin, samples: samples(), seed: 44 };
    const overSockets = await fuzzHttp({ ...far, runs: OVER_SOCKETS });
    expect(overSockets.parsed).toBeGreaterThan(OVER_SOCKETS / 3);
    const codes = [...report.codes.keys()];
    const expected = ['OK', 'ENDPOINT_UNKNOWN', 'OBJECT_UNKNOWN', 'CHART_UNSTORED', 'JSON_INVALID'];
    for (const code of [...expected, 'REQUEST_UNSIGNED', 'OBJECT_INVALID', 'REQUEST_SIGNATURE']) {
      expect(codes).toContain(code);
    }
    expect(codes.filter((code) => code.startsWith('CBOR_')).length).toBeGreaterThan(5);
    expect(codes.filter((code) => code.startsWith('FORMAT_')).length).toBeGreaterThan(2);
    expect(await (await fetch(`${origin}/v1/vault`)).json()).toHaveProperty('objects');
    expect(await vault.vault.scrub()).toMatchObject({ damaged: 0 });
  });

  it('parses a million batches, headers and lists of bodies with a value or a code', () => {
    const { realm } = chart;
    const place = { chart: chart.chart, position: 0 };
    const parsers: readonly [(bytes: Uint8Array) => unknown, Uint8Array][] = [
      [ObjectBatch.decode, ObjectBatch.encode(batch())],
      [NoticeBatch.decode, NoticeBatch.encode(notices())],
      [(bytes) => nameObject({ kind: 'manifest', bytes }, place, realm), unit.manifest],
      [Manifest.decode, unit.manifest],
      [(bytes) => parseHeader(bytes, chart.chart, realm), chart.sign().bytes],
      [StoredBodies.decode, StoredBodies.encode({ bodies: unit.bodies })],
    ];
    for (const [i, [parse, sample]] of parsers.entries()) {
      const runs = PARSED;
      const report = fuzz({ parse, samples: [sample] }, { seed: 50 + i, runs });
      tellFuzz(`parser ${i} of a vault`, report);
      expect(report.accepted).toBeLessThan(runs / 2);
    }
  });
});
