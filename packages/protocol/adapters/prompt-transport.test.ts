import { describe, expect, it } from 'vitest';
import { callRaw } from '../http/call.ts';
import { defineEndpoint, raw } from '../http/endpoint.ts';
import { type AbortSignalLike, collectBody, type Transport } from '../http/transport.ts';
import { promptTransport } from './prompt-transport.ts';
import { within } from './timing.ts';

const getAll = defineEndpoint({
  name: 'get-all',
  method: 'GET',
  path: '/v1/all',
  summary: 'All there is',
  params: {},
  query: {},
  body: null,
  answer: raw(100),
  signedBy: 'nobody',
});
const NOTHING = { params: {}, query: {}, body: null };
const never = new Promise<never>(() => undefined);

/** A server of these chunks; undefined is where it falls silent. */
function serverOf(chunks: readonly (number | undefined)[], signals: AbortSignalLike[] = []) {
  const body = (async function* () {
    for (const chunk of chunks) yield chunk === undefined ? await never : Uint8Array.of(chunk);
  })();
  const server: Transport = {
    name: 'memory://server',
    async send(_request, { signal } = {}) {
      if (signal !== undefined) signals.push(signal);
      return chunks.length === 0 ? never : { status: 200, headers: {}, body };
    },
  };
  return server;
}

async function read(server: Transport) {
  return collectBody(await callRaw(getAll, NOTHING, promptTransport(server, 50)), 100);
}

describe('a way to a server that is read from', () => {
  it('gives what comes in time, and lets nobody go', async () => {
    const signals: AbortSignalLike[] = [];
    expect(await read(serverOf([1, 2, 3], signals))).toEqual(Uint8Array.of(1, 2, 3));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect(promptTransport(serverOf([1]), 50).name).toBe('memory://server');
  });

  it.each([
    ['before its answer', []],
    ['at the first byte', [undefined]],
    ['on the way', [1, 2, undefined]],
  ])('is a server that cannot be reached where it is silent %s', async (_when, chunks) => {
    const signals: AbortSignalLike[] = [];
    await expect(read(serverOf(chunks, signals))).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is stopped by whoever asks', async () => {
    const stop = new AbortController();
    const signals: AbortSignalLike[] = [];
    const request = { method: 'GET', target: '/', headers: {}, body: null } as const;
    const prompt = promptTransport(serverOf([1], signals), 1000);
    await prompt.send(request, { signal: stop.signal });
    stop.abort();
    await prompt.send(request, { signal: stop.signal });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

it('what comes within a time is given, and nothing is what comes later', async () => {
  expect(await within(Promise.resolve(1), 1000)).toBe(1);
  expect(await within(never, 10)).toBeUndefined();
  await expect(within(Promise.reject(new Error('failed')), 1000)).rejects.toThrow('failed');
});
