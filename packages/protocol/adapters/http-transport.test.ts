import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callEndpoint } from '../http/call.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { collectBody, type Transport, type WireRequest } from '../http/transport.ts';
import { encodeUtf8 } from '../utf8.ts';
import { httpTransport as fetchTransport } from './http-transport.ts';
import { httpTransport as nodeTransport } from './node-http-transport.ts';

let server: Server | undefined;
let httpTransport = fetchTransport;

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

async function serve(handler: Handler, options = {}): Promise<Transport> {
  server = createServer((request, response) => void handler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return httpTransport(`http://127.0.0.1:${port}/ignored/path`, options);
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const brokenDoor = defineEndpoint({
  ...{ name: 'get-broken', method: 'GET', path: '/', summary: 'Broken', signedBy: 'nobody' },
  ...{ params: {}, query: {}, body: null, answer: null },
} as const);

const get: WireRequest = { method: 'GET', target: '/v1/x?y=1', headers: {}, body: null };

/** Answers what it was asked. */
const echo: Handler = async (request, response) => {
  const { method, url, headers } = request;
  const body = await readAll(request);
  response.setHeader('x-seen', String(headers['x-test']));
  response.end(`${method} ${url} ${body}`);
};

async function textOf(transport: Transport, request: WireRequest): Promise<string> {
  const { body } = await transport.send(request);
  return Buffer.from((await collectBody(body, 1000))!).toString();
}

const WAYS = [
  ['fetch', fetchTransport],
  ['Node', nodeTransport],
] as const;

describe.each(WAYS)('the way over HTTP by %s', (_, way) => {
  beforeEach(() => {
    httpTransport = way;
  });

  it('sends method, target, headers and body, and gives the answer', async () => {
    const transport = await serve(echo);
    expect(transport.name).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await transport.send({ ...get, headers: { 'x-test': 'here' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-seen']).toBe('here');
    expect(Buffer.from((await collectBody(answer.body, 100))!).toString()).toBe('GET /v1/x?y=1 ');
    const put = { ...get, method: 'PUT', body: encodeUtf8('bytes') } as const;
    expect(await textOf(transport, put)).toBe('PUT /v1/x?y=1 bytes');
  });

  it('streams a body, and reads no more of it than the network takes', async () => {
    const transport = await serve(echo);
    let isOver = false;
    async function* pieces() {
      try {
        yield encodeUtf8('one ');
        yield encodeUtf8('two');
      } finally {
        isOver = true;
      }
    }
    const put = { ...get, method: 'PUT', body: pieces() } as const;
    expect(await textOf(transport, put)).toBe('PUT /v1/x?y=1 one two');
    expect(isOver).toBe(true);
  });

  it('hands on the status of a refusal', async () => {
    const transport = await serve((_, response) => {
      response.writeHead(404).end('no');
    });
    expect((await transport.send(get)).status).toBe(404);
  });

  it('follows no redirection: a signed request is for one server', async () => {
    const transport = await serve((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    });
    await expect(transport.send(get)).rejects.toThrow();
  });

  it('fails when there is no server, or it answers too late', async () => {
    await expect(httpTransport('http://127.0.0.1:1').send(get)).rejects.toThrow();
    const transport = await serve(() => undefined, { answerMsMax: 50 });
    await expect(transport.send(get)).rejects.toThrow();
  });

  it('takes its time with a body once the answer has begun', async () => {
    const late: Handler = (_, response) => {
      response.write('slow');
      setTimeout(() => response.end('ly'), 150);
    };
    expect(await textOf(await serve(late, { answerMsMax: 50 }), get)).toBe('slowly');
  });

  it('ends when its caller gives up, before or while it is answered', async () => {
    const transport = await serve((_, response) => void response.write('begun'));
    const gone = AbortSignal.abort();
    await expect(transport.send(get, { signal: gone })).rejects.toThrow();
    const abort = new AbortController();
    const { body } = await transport.send(get, { signal: abort.signal });
    const reading = collectBody(body, 100);
    abort.abort();
    await expect(reading).rejects.toThrow();
  });

  it('gives a broken connection the code that a caller can retry', async () => {
    const transport = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
      setTimeout(() => response.destroy(), 20);
    });
    const call = () => callEndpoint(brokenDoor, { params: {}, query: {}, body: null }, transport);
    expect(await codeOfAsync(call)).toBe('SERVER_UNREACHABLE');
  });
});
