import type { Transport, WireAnswer, WireRequest } from '../http/transport.ts';

export interface HttpTransportOptions {
  /** How long the server may take until its answer begins; the body may take longer. */
  readonly answerMsMax?: number;
  /**
   * Connections of its own, so that the server cannot tell by the connection that two callers are
   * one. In Node only: a browser has one pool for each site.
   */
  readonly isSeparate?: boolean;
}

const ANSWER_MS_MAX = 60_000;

/**
 * The way to a server over HTTP, by the platform's own `fetch`: for Node and browsers.
 *
 * @param origin Scheme, host and port, as in `https://vault.example.org`.
 * @example const vault = httpTransport('http://127.0.0.1:8080');
 */
export function httpTransport(origin: string, options: HttpTransportOptions = {}): Transport {
  const { answerMsMax = ANSWER_MS_MAX } = options;
  const base = new URL(origin).origin;
  return {
    name: base,
    async send(request, { signal } = {}) {
      const abort = new AbortController();
      const stop = () => abort.abort();
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
      const timer = setTimeout(stop, answerMsMax);
      try {
        const answer = await fetch(base + request.target, requestInit(request, abort.signal));
        return readAnswer(answer, () => signal?.removeEventListener('abort', stop));
      } catch (error) {
        signal?.removeEventListener('abort', stop);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function requestInit({ method, headers, body }: WireRequest, signal: AbortSignal): RequestInit {
  const common = { method, headers, signal, redirect: 'error', cache: 'no-store' } as const;
  if (body === null) return common;
  if (body instanceof Uint8Array) return { ...common, body: body as Uint8Array<ArrayBuffer> };
  // `duplex` is in the standard (fetch, section 5.4) and missing in the DOM types.
  return { ...common, body: streamOf(body), duplex: 'half' } as RequestInit;
}

/** Pulled chunk by chunk: what the network does not take is not read. */
function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function readAnswer(answer: Response, finished: () => void): WireAnswer {
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: chunksOf(answer.body, finished),
  };
}

async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  finished: () => void,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const next = await reader?.read();
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    finished();
    await reader?.cancel().catch(() => undefined);
  }
}
