import { Readable } from 'node:stream';
import {
  type AnswerKind,
  CBOR_TYPE,
  encodeProblem,
  encodeUtf8,
  type Format,
  isEventStream,
  isRaw,
  PROBLEM_TYPE,
  RAW_TYPE,
  type WardError,
} from '@ward/protocol';
import { EVENT_STREAM_TYPE, type EventStreamOptions, encodeEvents } from './event-stream.ts';

/** An answer that is ready to be sent. */
export interface ReadyAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | Readable | null;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export interface AnswerOptions {
  /** The caller's `accept` header. */
  readonly accept: string | undefined;
  readonly events: EventStreamOptions<unknown>;
}

/** Puts a handler's value into the form that the caller asked for: JSON if it asked for none. */
export function encodeAnswer(
  kind: AnswerKind,
  value: unknown,
  options: AnswerOptions,
): ReadyAnswer {
  if (kind === null) return { status: 204, headers: {}, body: null };
  if (isRaw(kind)) return rawAnswer(value as Uint8Array | AsyncIterable<Uint8Array>);
  if (isEventStream(kind)) {
    const events = encodeEvents(value as AsyncIterable<unknown>, kind, options.events);
    return { status: 200, headers: { 'content-type': EVENT_STREAM_TYPE }, body: readable(events) };
  }
  return formatAnswer(kind, value, options.accept);
}

function rawAnswer(value: Uint8Array | AsyncIterable<Uint8Array>): ReadyAnswer {
  const body = value instanceof Uint8Array ? value : readable(value);
  return { status: 200, headers: { 'content-type': RAW_TYPE }, body };
}

function formatAnswer(format: Format<unknown>, value: unknown, accept = ''): ReadyAnswer {
  if (accept.includes(CBOR_TYPE)) {
    return { status: 200, headers: { 'content-type': CBOR_TYPE }, body: format.encode(value) };
  }
  const body = encodeUtf8(JSON.stringify(format.toJson(value)));
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body };
}

/** Read only as fast as the network takes it; the iteration ends when the reader is gone. */
function readable(chunks: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(chunks, { objectMode: false });
}

/** A refusal as `application/problem+json`. */
export function problemAnswer(error: WardError): ReadyAnswer {
  const { retrySeconds } = error.data;
  const retry = error.kind.retry === true && typeof retrySeconds !== 'number' ? 1 : retrySeconds;
  return {
    status: error.kind.status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(typeof retry === 'number' ? { 'retry-after': String(retry) } : {}),
    },
    body: encodeProblem(error),
  };
}
