import type { Readable } from 'node:stream';
import { collectBody, type Transport, type WireRequest } from '@ward/protocol';
import type { FastifyInstance } from 'fastify';

/** Bytes of a body that is sent in process: there is no socket to stream it through. */
const BODY_BYTES_MAX = 1024 ** 3;

/** The way to a server in the same process: routing, checks and handlers, without a socket. */
export function inProcessTransport(app: FastifyInstance, name: string): Transport {
  return {
    name,
    async send({ method, target, headers, body }: WireRequest, { signal } = {}) {
      const payload = await payloadOf(body);
      const gone = new AbortController();
      if (signal?.aborted) gone.abort();
      signal?.addEventListener('abort', () => gone.abort());
      const answer = await app.inject({
        ...{ method, url: target, headers: { ...headers } },
        ...(payload === undefined ? {} : { payload }),
        payloadAsStream: true,
        signal: gone.signal,
      });
      return {
        status: answer.statusCode,
        headers: textHeaders(answer.headers),
        body: bytesOf(answer.stream(), gone),
      };
    },
  };
}

async function payloadOf(body: WireRequest['body']): Promise<Buffer | undefined> {
  if (body === null) return undefined;
  const bytes = body instanceof Uint8Array ? body : await collectBody(body, BODY_BYTES_MAX);
  if (bytes === undefined) throw new Error('a body that is too large to be sent in process');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function textHeaders(headers: { readonly [name: string]: number | string | string[] | undefined }) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value?.toString()]),
  );
}

/** The answer's bytes; who stops reading is gone for the server, as with a socket. */
async function* bytesOf(stream: Readable, gone: AbortController): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield new Uint8Array(chunk);
  } finally {
    gone.abort();
  }
}
