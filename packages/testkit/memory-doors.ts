import {
  type AbortSignalLike,
  type AnswerKind,
  type BodyKind,
  collectBody,
  type Endpoint,
  type EventStream,
  encodeProblem,
  encodeUtf8,
  type Format,
  field,
  isEventStream,
  isRaw,
  PROBLEM_TYPE,
  parseHex,
  type RawBody,
  refuseProtocol,
  type StructOf,
  type Transport,
  WardError,
  type WireAnswer,
  type WireRequest,
} from '@ward/protocol';

type Fields = Endpoint['params'];

export interface AskedOf<P extends Fields, Q extends Fields, B> {
  readonly params: StructOf<P>;
  readonly query: StructOf<Q>;
  readonly body: B extends Format<infer T> ? T : B extends RawBody ? Uint8Array : null;
  readonly signal: AbortSignalLike | undefined;
}

type AnswerOf<A> =
  A extends Format<infer T> ? T : A extends EventStream<infer T> ? AsyncIterable<T> : never;

interface Asked {
  readonly params: { readonly [name: string]: unknown };
  readonly query: { readonly [name: string]: unknown };
  readonly body: unknown;
  readonly signal: AbortSignalLike | undefined;
}

/** An endpoint with what answers it. */
export interface MemoryDoor {
  readonly endpoint: Endpoint;
  answer(asked: Asked): Promise<unknown>;
}

export function memoryDoor<
  P extends Fields,
  Q extends Fields,
  B extends BodyKind,
  A extends AnswerKind,
>(
  endpoint: Endpoint<P, Q, B, A>,
  answer: (asked: AskedOf<P, Q, B>) => Promise<AnswerOf<A>> | AnswerOf<A>,
): MemoryDoor {
  return {
    endpoint: endpoint as unknown as Endpoint,
    answer: async (asked) => answer(asked as unknown as AskedOf<P, Q, B>),
  };
}

const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Doors without HTTP: requests and answers are encoded as for the wire, and go no farther. */
export function memoryTransport(name: string, doors: readonly MemoryDoor[]): Transport {
  // `/v1/blocks/stream` is asked before `/v1/blocks/:height`.
  const ordered = doors.toSorted((a, b) => parametersOf(a) - parametersOf(b));
  return {
    name,
    async send(request, { signal } = {}) {
      try {
        const found = find(ordered, request);
        if (found === undefined) throw new Error(`no door for ${request.method} ${request.target}`);
        const { door, params, query } = found;
        const body = await readBody(door.endpoint, request);
        const value = await door.answer({ params, query, body, signal });
        return encodeAnswer(door.endpoint, value);
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
        const headers = { 'content-type': PROBLEM_TYPE };
        return { status: error.kind.status, headers, body: one(encodeProblem(error)) };
      }
    },
  };
}

function parametersOf({ endpoint }: MemoryDoor): number {
  return Object.keys(endpoint.params).length;
}

function find(doors: readonly MemoryDoor[], { method, target }: WireRequest) {
  const url = new URL(target, 'memory://node');
  const parts = url.pathname.split('/');
  for (const door of doors) {
    const { endpoint } = door;
    const wanted = endpoint.path.split('/');
    const fits = wanted.every((part, i) => part.startsWith(':') || part === parts[i]);
    if (endpoint.method !== method || wanted.length !== parts.length || !fits) continue;
    const texts = Object.fromEntries(
      wanted.flatMap((part, i) => (part.startsWith(':') ? [[part.slice(1), parts[i]!]] : [])),
    );
    const params = parseAll(endpoint.params, texts);
    return { door, params, query: parseAll(endpoint.query, Object.fromEntries(url.searchParams)) };
  }
  return undefined;
}

function parseAll(fields: Fields, texts: { readonly [name: string]: string }) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name, parseText(schema, texts[name])]),
  );
}

function parseText(schema: Fields[string], text: string | undefined): unknown {
  const note = field.noteOf(schema);
  if (note.kind === 'nullable') return text === undefined ? null : parseText(note.item, text);
  if (note.kind === 'bytes') return parseHex(text ?? '');
  return note.kind === 'integer' ? Number(text) : text;
}

async function readBody({ body: kind }: Endpoint, { body }: WireRequest): Promise<unknown> {
  if (kind === null || body === null) return null;
  const bytes = await collectBody(body instanceof Uint8Array ? one(body) : body, BODY_BYTES_MAX);
  if (bytes === undefined) throw refuseProtocol('TRANSACTION_TOO_LARGE', { size: 0, max: 0 });
  return isRaw(kind) ? bytes : kind.decode(bytes);
}

function encodeAnswer({ answer }: Endpoint, value: unknown): WireAnswer {
  if (isEventStream(answer)) {
    const body = events(answer, value as AsyncIterable<unknown>);
    return { status: 200, headers: { 'content-type': 'text/event-stream' }, body };
  }
  const body = one((answer as Format<unknown>).encode(value));
  return { status: 200, headers: { 'content-type': 'application/cbor' }, body };
}

async function* events({ event }: EventStream<unknown>, values: AsyncIterable<unknown>) {
  for await (const value of values) {
    yield encodeUtf8(`data: ${JSON.stringify(event.toJson(value))}\n\n`);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
