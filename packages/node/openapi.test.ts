import { Validator } from '@seriousme/openapi-schema-validator';
import { createMemoryEngine } from '@ward/engine';
import { collectBody, decodeUtf8, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { Metrics, silentLog } from '@ward/server';
import { CustodyStage } from '@ward/testkit/custody-stage';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeServer } from './node-server.ts';

type Operation = {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: { readonly [status: string]: { readonly content?: object } };
  readonly security?: readonly object[];
};
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: object } };
}

const servers = new Map<string, Transport>();
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const crypto = await loadCrypto();
  const custody = await CustodyStage.start(crypto);
  servers.set('vault', custody.vault.transport);
  servers.set('custodian', custody.custodians[0]!.custodian.transport);
  const ledger = new TestLedger(crypto);
  const clock = { nowMs: () => TEST_TIME * 1000 };
  const memory = await createMemoryEngine({ ...ledger, clock, crypto });
  const node = await startNodeServer({
    ...{ ledger: memory, organisation: ledger.provider.id, service: ledger.provider.service },
    ...{ version: '0.0.0', clock, crypto, random: seededRandom(3) },
    ...{ log: silentLog, metrics: new Metrics() },
  });
  servers.set('node', node.transport);
  stops.push(
    () => node.close(),
    memory.stop,
    () => custody.stop(),
  );
}, 60_000);
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function documentOf(name: string): Promise<Document> {
  const request = { method: 'GET', target: '/openapi.json', headers: {}, body: null } as const;
  const answer = await servers.get(name)!.send(request);
  expect(answer.status).toBe(200);
  return JSON.parse(decodeUtf8((await collectBody(answer.body, 10_000_000))!)) as Document;
}

function operationsOf({
  paths,
}: Document): { readonly path: string; readonly operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
}

describe.each(['vault', 'custodian', 'node'])('the document of a %s', (name) => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...(await documentOf(name)) });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('refers only to schemas that it has', async () => {
    const document = await documentOf(name);
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, each]) => each!);
    expect(named.length).toBeGreaterThan(3);
    for (const each of named) expect(document.components.schemas, each).toHaveProperty([each]);
    expect(document.info.title).toBe(`Ward ${name}`);
  });

  it('names every door once, with all parameters of its path, and its refusals', async () => {
    const operations = operationsOf(await documentOf(name));
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const own = operation.parameters
        .filter((each) => each.in === 'path')
        .map((each) => each.name);
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, each]) => each).sort()).toEqual(own.sort());
      const problem = operation.responses.default?.content;
      expect(problem, operation.operationId).toHaveProperty(['application/problem+json']);
    }
  });
});

it('tells which doors want a signature', async () => {
  const operations = operationsOf(await documentOf('vault'));
  const signed = operations.filter(({ operation }) => operation.security !== undefined);
  const ids = signed.map(({ operation }) => operation.operationId).sort();
  expect(ids).toContain('put-objects');
  expect(ids).toContain('list-notices');
  expect(ids).not.toContain('get-object');
});
