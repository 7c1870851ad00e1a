import { refuse } from '../errors/protocol-errors.ts';
import type { AbortSignalLike, Transport, WireAnswer } from '../http/transport.ts';
import { within } from './timing.ts';

/** How long a server that is read from may say nothing: before its answer, and within it. */
export const READ_SILENCE_MS_MAX = 5000;

/**
 * The same way to a server, for reading: one that takes the connection and then says nothing is a
 * server that cannot be reached, long before the connection itself is given up.
 *
 * @example const vault = promptTransport(transport, READ_SILENCE_MS_MAX);
 */
export function promptTransport(transport: Transport, silenceMsMax: number): Transport {
  return {
    name: transport.name,
    async send(request, { signal } = {}) {
      const stop = new AbortController();
      follow(signal, stop);
      const answer = await inTime(transport.send(request, { signal: stop.signal }), {
        silenceMsMax,
        stop,
      });
      return { ...answer, body: chunksOf(answer, { silenceMsMax, stop }) };
    },
  };
}

interface Patience {
  readonly silenceMsMax: number;
  readonly stop: AbortController;
}

function follow(signal: AbortSignalLike | undefined, stop: AbortController): void {
  if (signal?.aborted) stop.abort();
  signal?.addEventListener('abort', () => stop.abort());
}

async function inTime<T>(promise: Promise<T>, { silenceMsMax, stop }: Patience): Promise<T> {
  const come = await within(
    promise.then((value) => ({ value })),
    silenceMsMax,
  );
  if (come !== undefined) return come.value;
  stop.abort();
  throw refuse('SERVER_UNREACHABLE');
}

async function* chunksOf({ body }: WireAnswer, patience: Patience): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let isWhole = false;
  try {
    for (;;) {
      const next = await inTime(chunks.next(), patience);
      isWhole = next.done === true;
      if (isWhole) return;
      yield next.value;
    }
  } finally {
    // Whoever stops reading lets go of the connection; one that hangs is not waited for.
    if (!isWhole) chunks.return?.().catch(() => undefined);
  }
}
