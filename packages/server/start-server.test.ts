import {
  CBOR_TYPE,
  callEndpoint,
  callEvents,
  callRaw,
  collectBody,
  encodeUtf8,
  REQUEST_HEADER,
  WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  ask,
  DoorStage,
  STAGE_ENDPOINTS,
  StageTick,
  StageWord,
  zeros,
} from '@ward/testkit/door-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServerOptions } from './start-server.ts';

const { echo, count, stream, nothing, ticks, own, members } = STAGE_ENDPOINTS;
const WORD = { text: 'größer', bytes: Uint8Array.of(1, 2, 3), count: 7 };
const NO_PARAMETERS = { params: {}, query: {} };

let stage: DoorStage;
beforeAll(async () => {
  stage = await DoorStage.start(await loadCrypto());
});
afterAll(() => stage.stop());
afterEach(() => stage.closeServers());

describe.each(['a socket', 'no socket'])('a server over %s', (way) => {
  const reach = async (options: Partial<HttpServerOptions> = {}) => {
    const { server, scene, http } = await stage.open(options);
    return { server, scene, transport: way === 'a socket' ? http : server.transport };
  };

  it('takes and answers formats as CBOR', async () => {
    const { transport } = await reach();
    expect(await callEndpoint(echo, { ...NO_PARAMETERS, body: WORD }, transport)).toEqual(WORD);
  });

  it('takes and answers JSON for those who ask for nothing else', async () => {
    const { transport } = await reach();
    const body = encodeUtf8(JSON.stringify(StageWord.toJson(WORD)));
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { status, json, headers: answered } = await ask(transport, { headers, body });
    expect(status).toBe(200);
    expect(StageWord.fromJson(json)).toEqual(WORD);
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
    const { transport, scene } = await reach();
    const answer = await ask(transport, { method: 'GET', target: '/v1/fail' });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ code: 'INTERNAL', data: {} });
    expect(answer.text).not.toContain('Ada');
    expect(scene.lines.join()).not.toContain('Ada');
    const line = scene.lines.map((each) => JSON.parse(each) as object).at(-1);
    const place = expect.stringMatching(/^door-stage\.ts:\d+$/);
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
      { headers: { 'content-type': CBOR_TYPE }, body: StageTick.encode({ height: 1 }) },
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

  it('streams events, resumes behind the last one seen, ends when the reader goes', async () => {
    const { transport, scene } = await reach();
    const seen: number[] = [];
    const options = { params: {}, query: { from: 5 }, body: null };
    for await (const { height } of callEvents(ticks, options, transport)) {
      seen.push(height);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([5, 6, 7]);
    await expect.poll(() => scene.ended).toBe(1);
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
    await expect.poll(() => scene.ended).toBe(2);
  });

  it('opens a door for owners to the key that signed, which the door then looks at', async () => {
    const { transport, scene } = await reach();
    const key = stage.ownerKey();
    await callEndpoint(own, { ...NO_PARAMETERS, body: WORD, sign: stage.signer(key) }, transport);
    expect(scene.callers).toEqual([key.signer]);
  });

  it('opens a door for organisations to a service key that the ledger proves', async () => {
    const { transport, scene } = await reach();
    const key = stage.memberKey();
    await callEndpoint(
      members,
      { ...NO_PARAMETERS, body: WORD, sign: stage.signer(key) },
      transport,
    );
    expect(scene.callers).toEqual([{ ...key.signer, organisation: stage.ledger.provider.id }]);
  });
});
describe('browsers', () => {
  it('may ask from any page, with the header of a signature', async () => {
    const { http } = await stage.open();
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
    const { server, http, scene } = await stage.open();
    const inWork = ask(http, { method: 'GET', target: '/v1/wait' });
    const options = { params: {}, query: { from: null }, body: null };
    const events = (async () => {
      for await (const _ of callEvents(ticks, options, http));
    })();
    await expect.poll(() => scene.waiting.length).toBe(1);
    const closed = server.close();
    await events.catch((error: unknown) => expect(error).toBeInstanceOf(WardError));
    const late = await codeOfAsync(() =>
      callEndpoint(echo, { ...NO_PARAMETERS, body: WORD }, http),
    );
    expect(['SERVER_UNREACHABLE', 'SERVER_STOPPING']).toContain(late);
    scene.waiting[0]!();
    expect((await inWork).status).toBe(204);
    await closed;
    await server.close();
    await expect.poll(() => scene.ended).toBe(1);
  });

  it('does not wait for ever', async () => {
    const { server, http, scene } = await stage.open({ limits: { drainMsMax: 100 } });
    const inWork = ask(http, { method: 'GET', target: '/v1/wait' }).catch(() => 'gone');
    await expect.poll(() => scene.waiting.length).toBe(1);
    await server.close();
    expect(await inWork).toBe('gone');
  });
});
