import type { TSchema } from 'typebox';
import { concatBytes, toHex } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { type Hex, WardError, type Word } from '../errors/ward-error.ts';
import type { Format } from '../format/define-format.ts';
import { noteOf, type StructOf } from '../format/fields.ts';
import { decodeUtf8 } from '../utf8.ts';
import {
  type AnswerKind,
  type BodyKind,
  type Endpoint,
  type EventStream,
  isRaw,
  type RawBody,
  type ValueOf,
} from './endpoint.ts';
import { parseProblem } from './problem.ts';
import { type AbortSignalLike, collectBody, type Transport, type WireAnswer } from './transport.ts';

type Fields = { readonly [name: string]: TSchema };

export const CBOR_TYPE = 'application/cbor';
export const RAW_TYPE = 'application/octet-stream';
/** Most bytes of an answer that is a format. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const PROBLEM_BYTES_MAX = 64 * 1024;
/** The slots of the largest block, in hexadecimal, are 17 MB. */
const EVENT_BYTES_MAX = 32 * 1024 * 1024;

/** Makes the value of the `ward-request` header for a request that is ready to go. */
export type SignCall = (request: {
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array | null;
}) => { readonly [name: string]: string };

export interface CallOptions<P extends Fields, Q extends Fields, B> {
  readonly params: StructOf<P>;
  readonly query: StructOf<Q>;
  readonly body: ValueOf<B>;
  /** For endpoints that want a signature. */
  readonly sign?: SignCall;
  readonly signal?: AbortSignalLike;
}

/**
 * Calls a door and decodes its answer. What it says is not verified here.
 *
 * @throws WardError the server's refusal, `SERVER_UNREACHABLE`, or `ANSWER_INVALID` for an answer
 * that has another shape than the endpoint's.
 */
export async function callEndpoint<
  P extends Fields,
  Q extends Fields,
  B extends BodyKind,
  A extends Format<unknown> | null,
>(
  endpoint: Endpoint<P, Q, B, A>,
  options: CallOptions<P, Q, B>,
  transport: Transport,
): Promise<ValueOf<A>> {
  const answer = await open(endpoint, options, transport);
  const body = await collectAnswer(answer, ANSWER_BYTES_MAX, endpoint.name as Word);
  if (endpoint.answer === null) return null as ValueOf<A>;
  try {
    return endpoint.answer.decode(body) as ValueOf<A>;
  } catch {
    throw refuse('ANSWER_INVALID', { endpoint: endpoint.name as Word });
  }
}

/** Like {@link callEndpoint}, for a door that answers raw bytes: as they come, unverified. */
export async function callRaw<P extends Fields, Q extends Fields, B extends BodyKind>(
  endpoint: Endpoint<P, Q, B, RawBody>,
  options: CallOptions<P, Q, B>,
  transport: Transport,
): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await open(endpoint, options, transport);
  return limited(body, endpoint.answer.bytesMax, endpoint.name as Word);
}

/** Like {@link callEndpoint}, for a door that streams events. */
export async function* callEvents<P extends Fields, Q extends Fields, T>(
  endpoint: Endpoint<P, Q, null, EventStream<T>>,
  options: CallOptions<P, Q, null>,
  transport: Transport,
): AsyncGenerator<T> {
  const { body } = await open(endpoint, options, transport);
  const name = endpoint.name as Word;
  for await (const line of lines(body, name)) {
    const event = parseEvent(line, endpoint.answer, name);
    if (event !== undefined) yield event;
  }
}

const LINE_FEED = 0x0a;
const DATA = 'data: ';

/** The event behind `data: `; nothing for comments, other fields and empty lines. */
function parseEvent<T>(line: Uint8Array, { event }: EventStream<T>, endpoint: Word): T | undefined {
  try {
    const text = decodeUtf8(line);
    return text.startsWith(DATA) ? event.fromJson(JSON.parse(text.slice(DATA.length))) : undefined;
  } catch {
    throw refuse('ANSWER_INVALID', { endpoint });
  }
}

/** The lines of a stream, each of at most {@link EVENT_BYTES_MAX}. */
async function* lines(body: AsyncIterable<Uint8Array>, endpoint: Word): AsyncGenerator<Uint8Array> {
  // Doubled when it is full, so that a line in small pieces is not copied at each of them.
  let held: Uint8Array = new Uint8Array(1024);
  let length = 0;
  for await (const chunk of received(body)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield concatBytes(held.subarray(0, length), chunk.subarray(start, end));
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    if (length + rest.length > EVENT_BYTES_MAX) throw refuse('ANSWER_INVALID', { endpoint });
    if (length + rest.length > held.length) {
      held = concatBytes(held, new Uint8Array(held.length + rest.length));
    }
    held.set(rest, length);
    length += rest.length;
  }
}

/** A body as it comes; a connection that breaks on the way is a server that cannot be reached. */
async function* received(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw error instanceof WardError ? error : unreachable(error);
  }
}

function unreachable(cause: unknown): WardError {
  return Object.assign(refuse('SERVER_UNREACHABLE'), { cause });
}

async function open<P extends Fields, Q extends Fields, B extends BodyKind>(
  endpoint: Endpoint<P, Q, B, AnswerKind>,
  options: CallOptions<P, Q, B>,
  transport: Transport,
): Promise<WireAnswer> {
  const name = endpoint.name as Word;
  const target = targetOf(endpoint, options);
  const rawBody = isRaw(endpoint.body);
  const body = encodeBody(endpoint.body, options.body);
  const signedBody = rawBody || !(body instanceof Uint8Array) ? null : body;
  const headers: { [name: string]: string } = {
    accept: CBOR_TYPE,
    ...(body === null ? {} : { 'content-type': rawBody ? RAW_TYPE : CBOR_TYPE }),
    ...options.sign?.({ method: endpoint.method, target, body: signedBody }),
  };
  let answer: WireAnswer;
  try {
    const { signal } = options;
    const request = { method: endpoint.method, target, headers, body };
    answer = await transport.send(request, signal === undefined ? {} : { signal });
  } catch (error) {
    if (error instanceof WardError) throw error;
    throw unreachable(error);
  }
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw parseProblem(await collectAnswer(answer, PROBLEM_BYTES_MAX, name), name);
}

function encodeBody(kind: BodyKind, body: unknown): Uint8Array | AsyncIterable<Uint8Array> | null {
  if (kind === null) return null;
  if (isRaw(kind)) return body as Uint8Array | AsyncIterable<Uint8Array>;
  return kind.encode(body);
}

/** Path and query of a call. */
function targetOf(
  endpoint: Endpoint,
  {
    params,
    query,
  }: { params: { readonly [name: string]: unknown }; query: { readonly [name: string]: unknown } },
): string {
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(wireText(endpoint.params[name]!, params[name])),
  );
  const pairs = Object.keys(endpoint.query)
    .filter((name) => query[name] !== null)
    .map((name) => `${name}=${encodeURIComponent(wireText(endpoint.query[name]!, query[name]))}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** A parameter as text: bytes as hexadecimal, numbers in decimal. */
function wireText(schema: TSchema, value: unknown): string | Hex {
  const note = noteOf(schema);
  if (note.kind === 'nullable') return wireText(note.item, value);
  if (note.kind === 'bytes') return toHex(value as Uint8Array);
  return String(value);
}

async function collectAnswer(answer: WireAnswer, max: number, endpoint: Word): Promise<Uint8Array> {
  let body: Uint8Array | undefined;
  try {
    body = await collectBody(answer.body, max);
  } catch (error) {
    throw unreachable(error);
  }
  if (body === undefined) throw refuse('ANSWER_INVALID', { endpoint });
  return body;
}

async function* limited(
  body: AsyncIterable<Uint8Array>,
  max: number,
  endpoint: Word,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of received(body)) {
    length += chunk.length;
    if (length > max) throw refuse('ANSWER_INVALID', { endpoint });
    yield chunk;
  }
}
