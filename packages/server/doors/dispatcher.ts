import type { Socket } from 'node:net';
import {
  type AccountId,
  type Clock,
  type Endpoint,
  type Format,
  isEventStream,
  isRaw,
  REQUEST_HEADER,
  type Realm,
  refuseProtocol,
  WardError,
  type Word,
  word,
} from '@ward/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../admission/admission.ts';
import type { ByteBudget } from '../admission/byte-budget.ts';
import { sourceOf } from '../admission/source.ts';
import { authenticate } from '../callers/authenticate.ts';
import type { Members } from '../callers/members.ts';
import type { Nonces } from '../callers/nonces.ts';
import { refuse } from '../errors.ts';
import type { ServerLimits } from '../limits.ts';
import type { Log } from '../telemetry/log.ts';
import type { Count, Metrics, Spread } from '../telemetry/metrics.ts';
import { codeWord, doorWord, failureWord, placeWord } from '../telemetry/public-value.ts';
import { encodeAnswer, problemAnswer, type ReadyAnswer } from './answer.ts';
import { brokenRequest, encodeBareAnswer } from './broken-request.ts';
import type { AnyRequest, Door } from './door.ts';
import { LAST_EVENT_HEADER, resumeFrom } from './event-stream.ts';
import { IncomingBody } from './incoming-body.ts';
import { parseParameters } from './parameters.ts';
import { decodeBody } from './read-body.ts';

export interface DispatcherOptions {
  readonly organisation: AccountId;
  readonly realm: Realm;
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly admission: Admission;
  readonly budget: ByteBudget;
  readonly members: Members | null;
  readonly nonces: Nonces;
  readonly log: Log;
  readonly metrics: Metrics;
}

type Texts = { readonly [name: string]: unknown };

/** How long the rest of a refused body is let run into nothing, so that the refusal arrives. */
const LINGER_MS = 500;
const DROPPED_BYTES_MAX = 64 * 1024;

/** Takes a request through admission, parameters, body, signature and handler to its answer. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #streams = new Set<AbortController>();
  readonly #seconds: Spread<'door'>;
  readonly #answers: Count<'door' | 'code'>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { metrics, admission, budget } = options;
    this.#seconds = metrics.histogram('request_seconds');
    this.#answers = metrics.counter('answers_total');
    metrics.gauge('requests_in_work', () => admission.requests);
    metrics.gauge('event_streams_open', () => admission.streams);
    metrics.gauge('body_bytes_held', () => budget.takenBytes);
  }

  /** Answers a request to a door. */
  async run(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const startMs = performance.now();
    const { admission } = this.#options;
    const source = sourceOf(request.ip);
    const gone = new AbortController();
    const isStream = isEventStream(door.endpoint.answer);
    // Whoever got the whole answer is not gone; to abort would make an error for every request.
    reply.raw.once('close', () => {
      if (isStream || !reply.raw.writableFinished) gone.abort();
    });
    let body: IncomingBody | undefined;
    let isInside = false;
    try {
      admission.enter(source);
      isInside = true;
      body = this.#bodyOf(door, request);
      if (isStream) this.#holdStream(source, gone);
      const asked = await this.#read(door, request, body);
      const value = await door.answer({ ...asked, source, signal: gone.signal });
      const answer = this.#encode(door, value, request, gone.signal);
      // A handler may know enough before the body is whole.
      dropBody(request, reply);
      return send(answer, reply);
    } catch (error) {
      return this.refuse(error, request, reply, doorWord(door.endpoint));
    } finally {
      body?.release();
      if (isInside) admission.leave();
      const seconds = (performance.now() - startMs) / 1000;
      this.#seconds.observe({ door: doorWord(door.endpoint) }, seconds);
    }
  }

  /** Answers a request with an error: its own if it has a code, else one that says nothing. */
  refuse(
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    door: Word = word('none'),
  ): FastifyReply {
    const refusal = error instanceof WardError ? error : refuse('INTERNAL');
    const code = codeWord(refusal);
    this.#answers.add({ door, code });
    const { log } = this.#options;
    if (refusal !== error) {
      log.error(word('failure'), { door, kind: failureWord(error), place: placeWord(error) });
    } else if (refusal.kind.status >= 500) log.warn(word('unable'), { door, code });
    else log.debug(word('refused'), { door, code });
    dropBody(request, reply);
    return send(problemAnswer(refusal), reply);
  }

  /** Ends a connection on which no request could be read, with a refusal if it can be sent. */
  refuseConnection(error: { readonly code?: string }, socket: Socket): void {
    if (error.code !== 'ECONNRESET' && socket.writable) {
      const refusal = brokenRequest(error);
      this.#answers.add({ door: word('none'), code: codeWord(refusal) });
      socket.end(encodeBareAnswer(refusal));
    }
    socket.destroySoon();
  }

  /** Ends all event streams: the server stops. */
  endStreams(): void {
    for (const stream of this.#streams) stream.abort();
  }

  #bodyOf({ endpoint, bodyBytesMax }: Door, request: FastifyRequest): IncomingBody {
    const { limits, budget } = this.#options;
    const { body } = endpoint;
    const bytesMax =
      body === null ? 0 : isRaw(body) ? body.bytesMax : (bodyBytesMax ?? limits.bodyBytesMax);
    const isEndless = request.headers['transfer-encoding'] !== undefined;
    // Nobody reads it, so nobody would see how slowly it comes.
    if (body === null && isEndless) throw refuse('BODY_TOO_LARGE', { max: 0 });
    const announced = Number(request.headers['content-length'] ?? Number.NaN);
    const announcedBytes = Number.isSafeInteger(announced) ? announced : undefined;
    return new IncomingBody(request.raw, { bytesMax, announcedBytes, limits, budget });
  }

  async #read({ endpoint }: Door, request: FastifyRequest, incoming: IncomingBody) {
    const header = request.headers[REQUEST_HEADER];
    // Before the body is read: who did not sign at all shall not make us hold it.
    if (endpoint.signedBy !== 'nobody' && typeof header !== 'string') {
      throw refuseProtocol('REQUEST_UNSIGNED');
    }
    const params = parseParameters(endpoint.params, request.params as Texts);
    const query = parseParameters(endpoint.query, queryOf(endpoint, request));
    const { body: kind } = endpoint;
    const bytes = kind === null || isRaw(kind) ? null : await incoming.collect();
    const presented = {
      ...{ method: request.method, target: request.raw.url ?? '' },
      ...{ header: header as string | undefined, body: bytes },
    };
    const caller = await authenticate(endpoint, presented, this.#options);
    const type = request.headers['content-type'];
    const body =
      bytes === null
        ? kind === null
          ? null
          : incoming
        : decodeBody(kind as Format<unknown>, bytes, type);
    return { params, query, body, caller } as Pick<
      AnyRequest,
      'params' | 'query' | 'body' | 'caller'
    >;
  }

  #encode(
    { endpoint, eventNumber }: Door,
    value: unknown,
    request: FastifyRequest,
    signal: AbortSignal,
  ): ReadyAnswer {
    const { heartbeatMs } = this.#options.limits;
    const events = { heartbeatMs, eventNumber, signal };
    const answer = encodeAnswer(endpoint.answer, value, { accept: request.headers.accept, events });
    this.#answers.add({ door: doorWord(endpoint), code: word('OK') });
    return answer;
  }

  /** Counts an event stream as long as it is open. */
  #holdStream(source: string, gone: AbortController): void {
    const { admission } = this.#options;
    admission.enterStream(source);
    this.#streams.add(gone);
    gone.signal.addEventListener('abort', () => {
      admission.leaveStream(source);
      this.#streams.delete(gone);
    });
  }
}

function send({ status, headers, body }: ReadyAnswer, reply: FastifyReply): FastifyReply {
  const payload =
    body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : body;
  return reply
    .code(status)
    .headers(headers)
    .send(payload ?? undefined);
}

/** The query, in which a reader of events may leave out what it says in a header. */
function queryOf({ query, answer }: Endpoint, request: FastifyRequest): Texts {
  const texts = request.query as Texts;
  if (!isEventStream(answer) || query.from === undefined) return texts;
  const from = resumeFrom(request.headers[LAST_EVENT_HEADER]);
  return from === undefined ? texts : { ...texts, from };
}

/**
 * The answer goes out and nobody reads the rest of the body. Where it is small it runs into
 * nothing, and the connection stays; else the connection ends.
 */
function dropBody(request: FastifyRequest, reply: FastifyReply): void {
  const { raw, headers } = request;
  const length = headers['content-length'];
  // Without either header there is no body, though the request is not called complete yet.
  if (raw.complete || (length === undefined && headers['transfer-encoding'] === undefined)) return;
  const isSmall = Number(length ?? Number.NaN) <= DROPPED_BYTES_MAX;
  if (!isSmall) reply.header('connection', 'close');
  raw.resume();
  const giveUp = () => {
    if (!raw.complete) raw.destroy();
  };
  reply.raw.once('finish', () => {
    const timer = setTimeout(giveUp, LINGER_MS).unref();
    raw.once('end', () => clearTimeout(timer));
  });
}
