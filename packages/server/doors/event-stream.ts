import { type EventStream, encodeUtf8 } from '@ward/protocol';

export const EVENT_STREAM_TYPE = 'text/event-stream';
/** Header in which a reader says which event it saw last. */
export const LAST_EVENT_HEADER = 'last-event-id';

/** A comment: readers ignore it, and connections that nobody holds any more show. */
const HEARTBEAT = encodeUtf8(':\n\n');

export interface EventStreamOptions<T> {
  readonly heartbeatMs: number;
  /** Number by which a reader resumes behind an event. */
  readonly eventNumber: ((event: T) => number) | undefined;
  /** Ends the stream, also where the source of events does not know of it. */
  readonly signal: AbortSignal;
}

/**
 * Server-sent events (HTML standard, section 9.2), each event's JSON on one line, with a comment
 * where nothing happens for long.
 */
export async function* encodeEvents<T>(
  events: AsyncIterable<T>,
  { event: format }: EventStream<T>,
  { heartbeatMs, eventNumber, signal }: EventStreamOptions<T>,
): AsyncGenerator<Uint8Array> {
  // Sent at once, so that the reader knows that the stream is open.
  yield HEARTBEAT;
  for await (const event of withGaps(events, { gapMs: heartbeatMs, signal })) {
    if (event === undefined) {
      yield HEARTBEAT;
      continue;
    }
    const id = eventNumber === undefined ? '' : `id: ${eventNumber(event)}\n`;
    yield encodeUtf8(`${id}data: ${JSON.stringify(format.toJson(event))}\n\n`);
  }
}

const GAP = Symbol('gap');
const END = Symbol('end');

/** The events, and `undefined` whenever the next one lets itself be waited for. */
async function* withGaps<T>(
  events: AsyncIterable<T>,
  { gapMs, signal }: { gapMs: number; signal: AbortSignal },
): AsyncGenerator<T | undefined> {
  const iterator = events[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  let end: () => void = () => undefined;
  const stop = () => end();
  signal.addEventListener('abort', stop);
  try {
    let next = iterator.next();
    while (!signal.aborted) {
      // One promise for each wait: racing with one that stays pending would keep every wait alive.
      const result = await new Promise<IteratorResult<T> | typeof GAP | typeof END>(
        (resolve, reject) => {
          end = () => resolve(END);
          timer = setTimeout(() => resolve(GAP), gapMs);
          next.then(resolve, reject);
        },
      );
      clearTimeout(timer);
      if (result === GAP) yield undefined;
      else if (result === END || result.done) return;
      else {
        yield result.value;
        next = iterator.next();
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    // Not awaited: a source that waits for its next event returns only when its signal is aborted.
    iterator.return?.()?.catch(() => undefined);
  }
}

/** Height from which to resume behind the last event that a reader saw; undefined: none said. */
export function resumeFrom(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || !/^(0|[1-9][0-9]{0,14})$/.test(header)) return undefined;
  return String(Number(header) + 1);
}
