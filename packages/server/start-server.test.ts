import { VerifiedLedger } from '@ward/ledger/schema';
import {
  type AccountId,
  CBOR_TYPE,
  type Crypto,
  callEndpoint,
  callEvents,
  callRaw,
  collectBody,
  defineEndpoint,
  defineFormat,
  encodeUtf8,
  field,
  RAW_TYPE,
  REQUEST_HEADER,
  type RequestKey,
  raw,
  type SignCall,
  signRequest,
  type Transport,
  WardError,
} from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { type MemoryNode, startMemoryNode } from '@ward/testkit/memory-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Members } from './callers/members.ts';
import { type Caller, type Door, door } from './doors/door.ts';
import { type HttpServer, type HttpServerOptions, startServer } from './start-server.ts';
import { createLog } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';

const Word = defineFormat('server-test-word', 1, {
  text: field.text(100),
  bytes: field.bytesBetween(0, 2048),
  count: field.integer(),
});
const Tick = defineFormat('server-test-tick', 1, { height: field.integer() });

const plain = { params: {}, query: {}, body: null, answer: null, signedBy: 'nobody' } as const;
const name = { summary: 'For tests' } as const;

const echo = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-echo', method: 'POST', path: '/v1/echo' },
  ...{ body: Word, answer: Word },
});
const count = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-count', method: 'PUT', path: '/v1/count/:chart' },
  params: { chart: field.bytes(32) },
  body: raw(1_000_000),
  answer: Word,
});
const stream = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-stream', method: 'GET', path: '/v1/stream' },
  query: { bytes: field.integer(0, 100_000_000) },
  answer: raw(100_000_000),
});
const nothing = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-nothing', method: 'DELETE', path: '/v1/nothing' },
});
const fail = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-fail', method: 'GET', path: '/v1/fail' },
});
const ticks = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-ticks', method: 'GET', path: '/v1/ticks' },
  query: { from: field.nullable(field.integer()) },
  answer: { event: Tick },
});
const wait = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-wait', method: 'GET', path: '/v1/wait' },
});
const own = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-own', method: 'POST', path: '/v1/own' },
  ...{ body: Word, signedBy: 'owner' },
});
const memberDoor = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-members', method: 'POST', path: '/v1/members' },
  ...{ body: Word, signedBy: 'organisation' },
});
const both = defineEndpoint({
  ...{ ...plain, ...name, name: 'test-both', method: 'POST', path: '/v1/both' },
  ...{ body: Word, signedBy: 'organisation-or-owner' },
});

const WORD = { text: 'größer', bytes: Uint8Array.of(1, 2, 3), count: 7 };
const SECRET = 'Ada Example (synthetic), HIV positive';

/** What a test may look at and turn. */
class Stage {
  callers: Caller[] = [];
  waiting: (() => void)[] = [];
  ended = 0;
  lines: string[] = [];

  doors(): Door[] {
    const keep = ({ caller }: { caller: Caller }) => {
      this.callers.push(caller);
      return null;
    };
    return [
      door(echo, ({ body }) => body),
      door(count, async ({ body, params }) => {
        let sizeBytes = 0;
        for await (const chunk of body) sizeBytes += chunk.length;
        return { text: '', bytes: params.chart, count: sizeBytes };
      }),
      door(stream, ({ query }) => zeros(query.bytes)),
      door(nothing, () => null),
      door(fail, () => {
        throw new Error(SECRET);
      }),
      door(ticks, ({ query, signal }) => this.#ticks(query.from ?? 100, signal), {
        eventNumber: (tick) => (tick as { height: number }).height,
      }),
      door(wait, () => new Promise<null>((resolve) => this.waiting.push(() => resolve(null)))),
      door(own, keep),
      door(memberDoor, keep),
      door(both, keep),
    ];
  }

  async *#ticks(from: number, signal: AbortSignal) {
    try {
      for (let height = from; height < from + 3; height++) yield { height };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      this.ended++;
    }
  }
}

async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 65_536) yield new Uint8Array(Math.min(left, 65_536));
}

let crypto: Crypto;
let ledger: TestLedger;
let node: MemoryNode;
let nowMs = TEST_TIME * 1000;
const clock = { nowMs: () => nowMs };
const servers: HttpServer[] = [];

beforeAll(async () => {
  crypto = await loadCrypto();
  ledger = new TestLedger(crypto);
  node = await startMemoryNode({ ...ledger, clock });
});
afterAll(() => node.stop());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<HttpServerOptions> = {}) {
  const stage = new Stage();
  const verified = new VerifiedLedger({
    ...{ networkFile: node.networkFile, nodes: [node.transport], clock, crypto },
  });
  const server = await startServer({
    ...{ name: 'test' as never, version: '1', organisation: ledger.provider.id },
    ...{
      realm: ledger.realm,
      clock,
      doors: stage.doors(),
      members: new Members({ ledger: verified, clock }),
    },
    log: createLog({ level: 'debug', destination: { write: (line) => stage.lines.push(line) } }),
    metrics: new Metrics(),
    ...options,
  });
  servers.push(server);
  return { server, stage, http: httpTransport(server.origin) };
}

const NO_PARAMETERS = { params: {}, query: {} };

function signer(
  key: RequestKey,
  audience: AccountId = ledger.provider.id,
  time = nowMs / 1000,
): SignCall {
  return (request) => ({
    [REQUEST_HEADER]: signRequest(
      { audience, ...request },
      { key, time },
      systemRandom,
      ledger.realm,
    ),
  });
}

function memberKey(member = ledger.provider): RequestKey {
  const { id: account, service: keyPair } = member;
  return { signer: { kind: 'organisation', account, publicKey: keyPair.publicKey }, keyPair };
}

function ownerKey(seed = 1): RequestKey {
  const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(seed));
  const cold = new Uint8Array(32).fill(9);
  return { signer: { kind: 'owner', ck: keyPair.publicKey, cold }, keyPair };
}

/** A request as somebody may write it by hand. */
async function ask(transport: Transport, request: Partial<Parameters<Transport['send']>[0]>) {
  const answer = await transport.send({
    ...{ method: 'POST', target: '/v1/echo', headers: {}, body: null },
    ...request,
  });
  const bytes = (await collectBody(answer.body, 1_000_000))!;
  const text = new TextDecoder().decode(bytes);
  const type = answer.headers['content-type'] ?? '';
  const json = type.includes('json') ? (JSON.parse(text) as { code?: string }) : undefined;
  return { ...answer, bytes, text, json };
}

describe.each(['a socket', 'no socket'])('a server over %s', (way) => {
  const reach = async (options: Partial<HttpServerOptions> = {}) => {
    const { server, stage, http } = await start(options);
    return { server, stage, transport: way === 'a socket' ? http : server.transport };
  };

  it('takes and answers formats as CBOR', async () => {
    const { transport } = await reach();
    expect(await callEndpoint(echo, { ...NO_PARAMETERS, body: WORD }, transport)).toEqual(WORD);
  });

  it('takes and answers JSON for those who ask for nothing else', async () => {
    const { transport } = await reach();
    const body = encodeUtf8(JSON.stringify(Word.toJson(WORD)));
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { status, json, headers: answered } = await ask(transport, { headers, body });
    expect(status).toBe(200);
    expect(Word.fromJson(json)).toEqual(WORD);
    expect(answered['cache-control']).toBe('no-store');
  });

  it('streams raw bodies in and out', async () => {
    const { transport } = await reach();
    const chart = new Uint8Array(32).fill(5);
    const sent = { params: { chart }, query: {}, body: zeros(900_000) };
    const { count: counted, bytes } = await callEndpoint(count, sent, transport);
    expect([counted, bytes]).toEqual([900_000, chart]);
    const options = { params: {}, query: { bytes: 3_000_000 }, body: null };
    const answer = await collectBody(await callRaw(stream, options, transport), 4_000_000);
    expect(answer).toHaveLength(3_000_000);
  });

  it('answers nothing where there is nothing to say', async () => {
    const { transport } = await reach();
    expect(await callEndpoint(nothing, { ...NO_PARAMETERS, body: null }, transport)).toBeNull();
  });

  it('says of an unexpected failure that it was one, and nothing else, anywhere', async () => {
    const { transport, stage } = await reach();
    const answer = await ask(transport, { method: 'GET', target: '/v1/fail' });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ code: 'INTERNAL', data: {} });
    expect(answer.text).not.toContain('Ada');
    expect(stage.lines.join()).not.toContain('Ada');
    const line = stage.lines.map((each) => JSON.parse(each) as object).at(-1);
    const place = expect.stringMatching(/^start-server\.test\.ts:\d+$/);
    expect(line).toMatchObject({ event: 'failure', door: 'test-fail', kind: 'Error', place });
  });

  it.each([
    ['a path that is no door', { target: '/v1/other' }, 404, 'ENDPOINT_UNKNOWN'],
    ['another method', { method: 'GET' }, 404, 'ENDPOINT_UNKNOWN'],
    ['a parameter too much', { target: '/v1/echo?x=1' }, 400, 'PARAMETER_INVALID'],
    ['a missing parameter', { method: 'GET', target: '/v1/stream' }, 400, 'PARAMETER_INVALID'],
    ['a path that is no text', { target: '/v1/count/%ff' }, 400, 'REQUEST_MALFORMED'],
    ['no body', { headers: { 'content-type': CBOR_TYPE } }, 400, 'CBOR_TRUNCATED'],
    ['no content type', { body: Uint8Array.of(0x80) }, 415, 'BODY_TYPE_UNKNOWN'],
    [
      'a text',
      { headers: { 'content-type': 'text/plain' }, body: Uint8Array.of(0x80) },
      ...([415, 'BODY_TYPE_UNKNOWN'] as const),
    ],
    [
      'another format',
      { headers: { 'content-type': CBOR_TYPE }, body: Tick.encode({ height: 1 }) },
      ...([400, 'FORMAT_FIELDS'] as const),
    ],
    [
      'broken JSON',
      { headers: { 'content-type': 'application/json' }, body: encodeUtf8('{"text":') },
      ...([400, 'JSON_INVALID'] as const),
    ],
    [
      'deep JSON',
      { headers: { 'content-type': 'application/json' }, body: encodeUtf8('['.repeat(500_000)) },
      ...([400, 'JSON_INVALID'] as const),
    ],
    [
      'a body that is too large',
      { headers: { 'content-type': CBOR_TYPE }, body: new Uint8Array(1024 * 1024 + 1) },
      ...([413, 'BODY_TOO_LARGE'] as const),
    ],
  ] as const)('refuses %s by its code', async (_, request, status, code) => {
    const { transport } = await reach();
    const answer = await ask(transport, request);
    expect([answer.status, answer.json?.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('cuts a raw body at its limit, whatever it announces', async () => {
    const { transport } = await reach();
    const request = { params: { chart: new Uint8Array(32) }, query: {}, body: zeros(1_000_001) };
    const code = await codeOfAsync(() => callEndpoint(count, request, transport));
    expect(['BODY_TOO_LARGE', 'SERVER_UNREACHABLE']).toContain(code);
  });

  it('streams events, resumes behind the last one seen, and ends when the reader goes', async () => {
    const { transport, stage } = await reach();
    const seen: number[] = [];
    const options = { params: {}, query: { from: 5 }, body: null };
    for await (const { height } of callEvents(ticks, options, transport)) {
      seen.push(height);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([5, 6, 7]);
    await expect.poll(() => stage.ended).toBe(1);
    const abort = new AbortController();
    const answer = await transport.send(
      {
        ...{ method: 'GET', target: '/v1/ticks', body: null },
        headers: { 'last-event-id': '41' },
      },
      { signal: abort.signal },
    );
    expect(answer.headers['content-type']).toBe('text/event-stream');
    let text = '';
    for await (const chunk of answer.body) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('44')) break;
    }
    expect(text).toContain('id: 42\ndata: {"height":42}\n\n');
    abort.abort();
    await expect.poll(() => stage.ended).toBe(2);
  });

  it('opens a door for owners to the key that signed, which the door then looks at', async () => {
    const { transport, stage } = await reach();
    const key = ownerKey();
    await callEndpoint(own, { ...NO_PARAMETERS, body: WORD, sign: signer(key) }, transport);
    expect(stage.callers).toEqual([key.signer]);
  });

  it('opens a door for organisations to a service key that the ledger proves', async () => {
    const { transport, stage } = await reach();
    const key = memberKey();
    await callEndpoint(memberDoor, { ...NO_PARAMETERS, body: WORD, sign: signer(key) }, transport);
    expect(stage.callers).toEqual([{ ...key.signer, organisation: ledger.provider.id }]);
  });
});

describe('who may not pass a door', () => {
  const call = async (endpoint: typeof own, sign?: SignCall) => {
    const { http, stage } = await start();
    const options = { ...NO_PARAMETERS, body: WORD, ...(sign === undefined ? {} : { sign }) };
    const code = await codeOfAsync(() => callEndpoint(endpoint, options, http));
    expect(stage.callers.length).toBe(code === undefined ? 1 : 0);
    return code;
  };
  const any = (endpoint: object) => endpoint as typeof own;

  it('is who did not sign', async () => {
    expect(await call(own)).toBe('REQUEST_UNSIGNED');
    expect(await call(own, () => ({ [REQUEST_HEADER]: 'zz' }))).toBe('HEX_INVALID');
    expect(await call(own, () => ({ [REQUEST_HEADER]: '80' }))).toBe('FORMAT_FIELDS');
  });

  it('is who signed for another server, another body, another door or another time', async () => {
    expect(await call(own, signer(ownerKey(), ledger.registrar.id))).toBe('REQUEST_SIGNATURE');
    const sign = signer(ownerKey());
    const other =
      (change: object): SignCall =>
      (request) =>
        sign({ ...request, ...change });
    expect(await call(own, other({ body: new Uint8Array(3) }))).toBe('REQUEST_SIGNATURE');
    expect(await call(own, other({ target: '/v1/both' }))).toBe('REQUEST_SIGNATURE');
    expect(await call(own, other({ method: 'PUT' }))).toBe('REQUEST_SIGNATURE');
    const now = nowMs / 1000;
    expect(await call(own, signer(ownerKey(), undefined, now + 121))).toBe('REQUEST_TIME');
    expect(await call(own, signer(ownerKey(), undefined, now - 121))).toBe('REQUEST_TIME');
    expect(await call(own, signer(ownerKey(), undefined, now + 120))).toBeUndefined();
  });

  it('is who signed with another key than the one that is named', async () => {
    const { signer: named } = ownerKey(1);
    const { keyPair } = ownerKey(2);
    expect(await call(own, signer({ signer: named, keyPair }))).toBe('REQUEST_SIGNATURE');
  });

  it('is a signer of the other kind', async () => {
    expect(await call(own, signer(memberKey()))).toBe('CALLER_MISPLACED');
    expect(await call(any(memberDoor), signer(ownerKey()))).toBe('CALLER_MISPLACED');
    expect(await call(any(both), signer(ownerKey()))).toBeUndefined();
    expect(await call(any(both), signer(memberKey()))).toBeUndefined();
  });

  it('is a key that is no service key of the account, or an account that is not there', async () => {
    const { id: account, officer, service } = ledger.provider;
    const signed = (id: AccountId, keyPair: typeof officer) => {
      const { publicKey } = keyPair;
      return signer({ signer: { kind: 'organisation', account: id, publicKey }, keyPair });
    };
    expect(await call(any(memberDoor), signed(account, officer))).toBe('CALLER_UNKNOWN');
    expect(await call(any(memberDoor), signed(ledger.registrar.id, service))).toBe(
      'CALLER_UNKNOWN',
    );
    const stranger = ledger.makeMember(77);
    expect(await call(any(memberDoor), signer(memberKey(stranger)))).toBe('CALLER_UNKNOWN');
  });

  it('is the same signed request a second time', async () => {
    const { http, stage } = await start();
    for (const [endpoint, key] of [
      [own, ownerKey()],
      [any(memberDoor), memberKey()],
    ] as const) {
      let first: { readonly [name: string]: string } | undefined;
      const sign: SignCall = (request) => {
        first ??= signer(key)(request);
        return first;
      };
      const again = () => callEndpoint(endpoint, { ...NO_PARAMETERS, body: WORD, sign }, http);
      await again();
      expect(await codeOfAsync(again)).toBe('REQUEST_REPLAYED');
    }
    expect(stage.callers).toHaveLength(2);
  });
});

describe('a server that is asked too much', () => {
  it('tells a source to wait, and how long', async () => {
    const { http } = await start({ limits: { sourceBurst: 2, sourcePerSecond: 0.1 } });
    await ask(http, {});
    await ask(http, {});
    const answer = await ask(http, {});
    expect([answer.status, answer.json?.code]).toEqual([429, 'SOURCE_LIMITED']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(5);
  });

  it('is busy when it has as much work as it holds, and serves again afterwards', async () => {
    const { http, stage } = await start({ limits: { requestsMax: 1 } });
    const first = ask(http, { method: 'GET', target: '/v1/wait' });
    await expect.poll(() => stage.waiting.length).toBe(1);
    const second = await ask(http, { method: 'GET', target: '/v1/wait' });
    expect([second.status, second.json?.code]).toEqual([503, 'SERVER_BUSY']);
    expect(second.headers['retry-after']).toBe('1');
    stage.waiting[0]!();
    expect((await first).status).toBe(204);
    expect((await ask(http, { method: 'DELETE', target: '/v1/nothing' })).status).toBe(204);
  });

  it('holds no more bodies in memory than its budget', async () => {
    const { http } = await start({ limits: { heldBytesMax: 1000 } });
    const request = { ...NO_PARAMETERS, body: { ...WORD, bytes: new Uint8Array(1500) } };
    expect(await codeOfAsync(() => callEndpoint(echo, request, http))).toBe('SERVER_BUSY');
    const small = { ...NO_PARAMETERS, body: { ...WORD, bytes: new Uint8Array(900) } };
    for (let i = 0; i < 3; i++) await callEndpoint(echo, small, http);
  });

  it('does not wait for a body that does not come', async () => {
    const { http } = await start({ limits: { bodyIdleMsMax: 100 } });
    const slow = (async function* () {
      yield new Uint8Array(10);
      await new Promise((resolve) => setTimeout(resolve, 5000));
    })();
    const request = { params: { chart: new Uint8Array(32) }, query: {}, body: slow };
    const startMs = performance.now();
    const code = await codeOfAsync(() => callEndpoint(count, request, http));
    expect(['BODY_INCOMPLETE', 'SERVER_UNREACHABLE']).toContain(code);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  it('does not wait for a body that drips', async () => {
    const { http } = await start({ limits: { bodyGraceMs: 200, bodyBytesPerSecondMin: 10_000 } });
    const dripping = (async function* () {
      for (let i = 0; i < 100; i++) {
        yield new Uint8Array(10);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const request = { params: { chart: new Uint8Array(32) }, query: {}, body: dripping };
    const startMs = performance.now();
    const code = await codeOfAsync(() => callEndpoint(count, request, http));
    expect(['BODY_INCOMPLETE', 'SERVER_UNREACHABLE']).toContain(code);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});

describe('browsers', () => {
  it('may ask from any page, with the header of a signature', async () => {
    const { http } = await start();
    const asked = { 'access-control-request-method': 'PUT', origin: 'https://example.org' };
    const preflight = await fetch(`${http.name}/v1/echo`, { method: 'OPTIONS', headers: asked });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(preflight.headers.get('access-control-allow-headers')).toContain(REQUEST_HEADER);
    const answer = await ask(http, {});
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });
});

describe('the end of a server', () => {
  it('lets what is in work end, takes nothing new, ends streams, then is gone', async () => {
    const { server, http, stage } = await start();
    const inWork = ask(http, { method: 'GET', target: '/v1/wait' });
    const options = { params: {}, query: { from: null }, body: null };
    const events = (async () => {
      for await (const _ of callEvents(ticks, options, http));
    })();
    await expect.poll(() => stage.waiting.length).toBe(1);
    const closed = server.close();
    await events.catch((error: unknown) => expect(error).toBeInstanceOf(WardError));
    const late = await codeOfAsync(() =>
      callEndpoint(echo, { ...NO_PARAMETERS, body: WORD }, http),
    );
    expect(['SERVER_UNREACHABLE', 'SERVER_STOPPING']).toContain(late);
    stage.waiting[0]!();
    expect((await inWork).status).toBe(204);
    await closed;
    await server.close();
    expect(stage.ended).toBe(1);
  });

  it('does not wait for ever', async () => {
    const { server, http, stage } = await start({ limits: { drainMsMax: 100 } });
    const inWork = ask(http, { method: 'GET', target: '/v1/wait' }).catch(() => 'gone');
    await expect.poll(() => stage.waiting.length).toBe(1);
    await server.close();
    expect(await inWork).toBe('gone');
    expect(RAW_TYPE).toBeTypeOf('string');
  });
});

describe('members', () => {
  it('are proved anew when what was proved is too old: a key that ended is refused', async () => {
    const { http } = await start();
    const key = memberKey();
    const call = () =>
      callEndpoint(memberDoor, { ...NO_PARAMETERS, body: WORD, sign: signer(key) }, http);
    await call();
    nowMs += 61_000;
    expect(await codeOfAsync(call)).toBe('LEDGER_STALE');
    await node.makeBlock();
    await call();
  });
});
