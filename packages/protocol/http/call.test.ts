import { codeOfAsync } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat } from '../format/define-format.ts';
import * as field from '../format/fields.ts';
import { encodeUtf8 } from '../utf8.ts';
import { CBOR_TYPE, callEndpoint, callEvents, callRaw, RAW_TYPE } from './call.ts';
import { defineEndpoint, raw } from './endpoint.ts';
import { encodeProblem } from './problem.ts';
import { collectBody, type Transport, type WireRequest } from './transport.ts';

const Thing = defineFormat('call-thing', 1, { size: field.integer(0, 9) });
const name = 'call-thing';
const base = { summary: 'A thing', params: {}, query: {}, body: null } as const;

const readThing = defineEndpoint({
  ...base,
  name: 'read-thing',
  method: 'GET',
  path: '/v1/things/:id/parts/:part',
  params: { id: field.bytes(2), part: field.integer() },
  query: { from: field.nullable(field.integer()), word: field.nullable(field.text(9)) },
  answer: Thing,
  signedBy: 'nobody',
});
const writeThing = defineEndpoint({
  ...base,
  name: 'write-thing',
  method: 'POST',
  path: '/v1/things',
  body: Thing,
  answer: null,
  signedBy: 'organisation',
});
const putBytes = defineEndpoint({
  ...base,
  name: 'put-bytes',
  method: 'PUT',
  path: '/v1/bytes',
  body: raw(100),
  answer: null,
  signedBy: 'organisation',
});
const getBytes = defineEndpoint({
  ...base,
  name: 'get-bytes',
  method: 'GET',
  path: '/v1/bytes',
  answer: raw(10),
  signedBy: 'nobody',
});
const streamThings = defineEndpoint({
  ...base,
  name: 'stream-things',
  method: 'GET',
  path: '/v1/things/stream',
  answer: { event: Thing },
  signedBy: 'nobody',
});

const nothing = { params: {}, query: {}, body: null } as const;

async function* chunks(...parts: (Uint8Array | string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield typeof part === 'string' ? encodeUtf8(part) : part;
  }
}

/** A server that answers always the same, and keeps what it was asked. */
function server(status: number, ...body: (Uint8Array | string | Error)[]) {
  const asked: WireRequest[] = [];
  const transport: Transport = {
    name,
    send: async (request) => {
      asked.push(request);
      return { status, headers: {}, body: chunks(...body) };
    },
  };
  return { asked, transport };
}

const params = { id: Uint8Array.of(1, 255), part: 7 };

describe('a call', () => {
  it('puts parameters into path and query, and decodes the answer', async () => {
    const { asked, transport } = server(200, Thing.encode({ size: 5 }));
    const query = { from: 3, word: 'a b&c' };
    const answer = await callEndpoint(readThing, { params, query, body: null }, transport);
    expect(answer).toEqual({ size: 5 });
    expect(asked[0]).toEqual({
      method: 'GET',
      target: '/v1/things/01ff/parts/7?from=3&word=a%20b%26c',
      headers: { accept: CBOR_TYPE },
      body: null,
    });
  });

  it('leaves out parameters that are null', async () => {
    const { asked, transport } = server(200, Thing.encode({ size: 5 }));
    const query = { from: null, word: null };
    await callEndpoint(readThing, { params, query, body: null }, transport);
    expect(asked[0]!.target).toBe('/v1/things/01ff/parts/7');
  });

  it('sends a format as CBOR, and has it signed', async () => {
    const { asked, transport } = server(204);
    const body = { size: 2 };
    const sign = (request: object) => ({ 'ward-request': JSON.stringify(Object.keys(request)) });
    await callEndpoint(writeThing, { ...nothing, body, sign }, transport);
    expect(asked[0]).toEqual({
      method: 'POST',
      target: '/v1/things',
      headers: {
        accept: CBOR_TYPE,
        'content-type': CBOR_TYPE,
        'ward-request': '["method","target","body"]',
      },
      body: Thing.encode(body),
    });
  });

  it('signs a format by its bytes, raw bytes by their name in the path alone', async () => {
    const signed: (Uint8Array | null)[] = [];
    const sign = ({ body }: { body: Uint8Array | null }) => {
      signed.push(body);
      return {};
    };
    const { asked, transport } = server(204);
    await callEndpoint(writeThing, { ...nothing, body: { size: 2 }, sign }, transport);
    await callEndpoint(putBytes, { ...nothing, body: Uint8Array.of(9), sign }, transport);
    expect(signed).toEqual([Thing.encode({ size: 2 }), null]);
    expect(asked[1]!.headers['content-type']).toBe(RAW_TYPE);
    expect(asked[1]!.body).toEqual(Uint8Array.of(9));
  });

  it('hands on the signal that ends it', async () => {
    let seen: unknown;
    const transport: Transport = {
      name,
      send: async (_, options) => {
        seen = options?.signal;
        return { status: 204, headers: {}, body: chunks() };
      },
    };
    const { signal } = new AbortController();
    await callEndpoint(writeThing, { ...nothing, body: { size: 1 }, signal }, transport);
    expect(seen).toBe(signal);
  });
});

describe('a call that fails', () => {
  const query = { from: null, word: null };
  const call = ({ transport }: { transport: Transport }) =>
    codeOfAsync(() => callEndpoint(readThing, { params, query, body: null }, transport));

  it('throws the refusal of the server', async () => {
    expect(await call(server(400, encodeProblem(refuse('REQUEST_REPLAYED'))))).toBe(
      'REQUEST_REPLAYED',
    );
  });

  it.each<[string, number, (string | Uint8Array)[]]>([
    ['an answer that is no format', 200, ['hello']],
    ['an answer with something behind', 200, [Thing.encode({ size: 1 }), '!']],
    ['an empty answer', 200, []],
    ['a failure that is no problem', 500, ['<html>']],
    ['a redirection', 302, []],
    ['a problem without end', 500, new Array(100).fill(new Uint8Array(1024))],
  ])('calls invalid: %s', async (_, status, body) => {
    expect(await call(server(status, ...body))).toBe('ANSWER_INVALID');
  });

  it('calls a server unreachable that cannot be asked, or breaks off', async () => {
    const down: Transport = { name, send: () => Promise.reject(new TypeError('fetch failed')) };
    expect(await call({ transport: down })).toBe('SERVER_UNREACHABLE');
    const cause = new Error('connection reset');
    expect(await call(server(200, 'x', cause))).toBe('SERVER_UNREACHABLE');
    expect(await call(server(500, 'x', cause))).toBe('SERVER_UNREACHABLE');
    const work = callEndpoint(writeThing, { ...nothing, body: { size: 1 } }, down);
    await expect(work).rejects.toMatchObject({ cause: { message: 'fetch failed' } });
  });

  it('keeps the code of a transport that has one', async () => {
    const closed: Transport = {
      name,
      send: () => Promise.reject(refuse('TRUST_EXPIRED', { height: 1 })),
    };
    expect(await call({ transport: closed })).toBe('TRUST_EXPIRED');
  });

  it('refuses its own body before anything is sent', async () => {
    const { asked, transport } = server(204);
    const work = () => callEndpoint(writeThing, { ...nothing, body: { size: 10 } }, transport);
    expect(await codeOfAsync(work)).toBe('FORMAT_RANGE');
    expect(asked).toEqual([]);
  });
});

describe('raw bytes', () => {
  const read = async (...body: (Uint8Array | string | Error)[]) =>
    collectBody(await callRaw(getBytes, nothing, server(200, ...body).transport), 1000);

  it('come as they are', async () => {
    expect(toHex((await read(Uint8Array.of(1), Uint8Array.of(2)))!)).toBe('0102');
  });

  it('are refused past the limit of the door', async () => {
    expect(await codeOfAsync(() => read('0123456789'))).toBeUndefined();
    expect(await codeOfAsync(() => read('01234', '567890'))).toBe('ANSWER_INVALID');
  });

  it('that break off are a server that cannot be reached', async () => {
    expect(await codeOfAsync(() => read('0', new Error('reset')))).toBe('SERVER_UNREACHABLE');
  });
});

describe('a stream of events', () => {
  async function collect(...body: (Uint8Array | string | Error)[]) {
    const events: { size: number }[] = [];
    const { transport } = server(200, ...body);
    for await (const event of callEvents(streamThings, nothing, transport)) events.push(event);
    return events.map(({ size }) => size);
  }

  it('gives each event, whatever pieces it comes in', async () => {
    const text = 'id: 1\ndata: {"size":1}\n\n: still here\ndata: {"size":2}\n\n';
    expect(await collect(text)).toEqual([1, 2]);
    expect(await collect(...text)).toEqual([1, 2]);
    expect(await collect(`${text}data: {"size"`)).toEqual([1, 2]);
  });

  it.each<[string, string | Uint8Array]>([
    ['no JSON', 'data: {\n'],
    ['another shape', 'data: {"size":10}\n'],
    ['no UTF-8', Uint8Array.of(0xff, 0x0a)],
  ])('is an invalid answer with %s', async (_, body) => {
    expect(await codeOfAsync(() => collect('data: {"size":1}\n', body))).toBe('ANSWER_INVALID');
  });

  it('is an invalid answer when a line does not end', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    expect(await codeOfAsync(() => collect(...new Array(33).fill(megabyte)))).toBe(
      'ANSWER_INVALID',
    );
  });

  it('does not choke on a long line that comes in small pieces', async () => {
    const piece = ' '.repeat(64);
    const line = ['data: {"size":', ...new Array<string>(50_000).fill(piece), '3}\n'];
    expect(await collect(...line)).toEqual([3]);
  });

  it('that breaks off is a server that cannot be reached', async () => {
    expect(await codeOfAsync(() => collect('data: {"size":1}\n', new Error('reset')))).toBe(
      'SERVER_UNREACHABLE',
    );
  });
});
