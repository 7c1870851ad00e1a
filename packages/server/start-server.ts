import type { IncomingMessage } from 'node:http';
import {
  type AccountId,
  type Clock,
  type Endpoint,
  encodeUtf8,
  MS_PER_SECOND,
  type Realm,
  type Transport,
  type Word,
} from '@ward/protocol';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { Admission } from './admission/admission.ts';
import { ByteBudget } from './admission/byte-budget.ts';
import type { Members } from './callers/members.ts';
import { Nonces } from './callers/nonces.ts';
import { OPEN_HEADERS, PREFLIGHT_HEADERS } from './doors/cors.ts';
import { Dispatcher } from './doors/dispatcher.ts';
import type { Door } from './doors/door.ts';
import { refuse } from './errors.ts';
import { inProcessTransport } from './in-process-transport.ts';
import { SERVER_LIMITS, type ServerLimits } from './limits.ts';
import { listenError } from './listen-error.ts';
import { openApiDocument } from './openapi.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Characters of one part of a path; the longest is a digest in hexadecimal. */
const PARAMETER_LENGTH_MAX = 256;

const IDLE_CHECK_MS = 50;
const HEADERS_CHECK_MS_MAX = 2000;

export interface ListenOptions {
  /** Loopback when left out. */
  readonly host?: string;
  /** Any free one when left out. */
  readonly port?: number;
  /** What others call the server, where that is not what it listens on. */
  readonly publicOrigin?: string;
  /** Proxies before the server whose word on the caller's address counts; none when left out. */
  readonly proxies?: number;
}

export interface HttpServerOptions {
  /** What the server is, as in `vault`. */
  readonly name: Word;
  /** Its version, for the OpenAPI document. */
  readonly version: string;
  /** The organisation that runs it. */
  readonly organisation: AccountId;
  readonly realm: Realm;
  readonly clock: Clock;
  readonly doors: readonly Door[];
  /** Proves organisations' keys; null where no door asks for a signature of one. */
  readonly members: Members | null;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<ServerLimits>;
  readonly listen?: ListenOptions;
}

/** A server that listens. */
export interface HttpServer {
  readonly origin: string;
  /** The way to this server without a socket, through all of it but the network. */
  readonly transport: Transport;
  /** Takes nothing new, lets what is in work end, then closes. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server for some doors.
 *
 * @throws WardError `LISTEN_REFUSED`.
 * @example
 * const server = await startServer({ …, doors: [door(getStatus, () => status)] });
 * console.log(server.origin);
 * await server.close();
 */
export async function startServer(options: HttpServerOptions): Promise<HttpServer> {
  const { clock, listen = {} } = options;
  const limits: ServerLimits = { ...SERVER_LIMITS, ...options.limits };
  const admission = new Admission(limits);
  const startedAt = Math.floor(clock.nowMs() / MS_PER_SECOND);
  const nonces = new Nonces({ perMinuteMax: limits.noncesPerMinuteMax, startedAt });
  const dispatcher = new Dispatcher({
    ...options,
    ...{ limits, admission, nonces },
    budget: new ByteBudget(limits.heldBytesMax),
  });
  const app = createApp({ limits, dispatcher, proxies: listen.proxies ?? 0 });
  for (const door of options.doors) {
    const { method, path } = door.endpoint;
    app.route({
      method,
      url: path,
      handler: (request, reply) => dispatcher.run(door, request, reply),
    });
  }
  serveOpenApi(app, options, () => origin);
  const { host = '127.0.0.1', port = 0 } = listen;
  const address = await app
    .listen({ host, port, listenTextResolver: (text) => text })
    .catch((error: unknown) => {
      throw listenError(error, port);
    });
  const origin = listen.publicOrigin ?? address;
  let closing: Promise<void> | undefined;
  return {
    origin,
    transport: inProcessTransport(app, origin),
    close: () => {
      closing ??= closeApp(app, { admission, dispatcher, limits });
      return closing;
    },
  };
}

interface AppOptions {
  readonly limits: ServerLimits;
  readonly dispatcher: Dispatcher;
  readonly proxies: number;
}

function createApp({ limits, dispatcher, proxies }: AppOptions): FastifyInstance {
  const refuseWith = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
    dispatcher.refuse(frameworkError(error), request, reply);
  const app = fastify({
    // Its own log knows URLs and messages; ours does not.
    logger: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    trustProxy: proxies > 0 && ((_address: string, hop: number) => hop < proxies),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    keepAliveTimeout: limits.keepAliveMsMax,
    connectionTimeout: limits.stalledMsMax,
    // Bodies have their own clock: a large one may take an hour, a slow one no minute.
    requestTimeout: 0,
    http: {
      headersTimeout: limits.headersMsMax,
      connectionsCheckingInterval: Math.min(limits.headersMsMax, HEADERS_CHECK_MS_MAX),
      // Node would refuse without a code; the hook below does it with one.
      requireHostHeader: false,
    },
    frameworkErrors: refuseWith,
    clientErrorHandler: (error, socket) => dispatcher.refuseConnection(error, socket),
  });
  app.setErrorHandler(refuseWith);
  app.setNotFoundHandler((request, reply) =>
    dispatcher.refuse(refuse('ENDPOINT_UNKNOWN'), request, reply),
  );
  app.server.maxConnections = limits.connectionsMax;
  // Node's own answers to these have no code, or there is none at all.
  for (const event of ['checkExpectation', 'connect']) {
    app.server.on(event, (request: IncomingMessage) =>
      dispatcher.refuseConnection({}, request.socket),
    );
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasOneHost(request.raw)) {
      done(refuse('REQUEST_MALFORMED'));
      return;
    }
    const asked = request.headers['access-control-request-method'];
    if (request.method === 'OPTIONS' && asked !== undefined) {
      reply.code(204).headers(PREFLIGHT_HEADERS).send();
      return;
    }
    reply.headers(OPEN_HEADERS);
    done();
  });
  return app;
}

/** RFC 9112, 3.2: proxies that read another host than we do would be of two minds. */
function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  const isHost = (name: string, i: number) => i % 2 === 0 && name.toLowerCase() === 'host';
  const count = rawHeaders.filter(isHost).length;
  return count === 1 || (count === 0 && httpVersion === '1.0');
}

/** Fastify's own refusals are about the request's HTTP; anything else is ours to mend. */
function frameworkError(error: FastifyError): unknown {
  const isCallers = typeof error.statusCode === 'number' && error.statusCode < 500;
  return isCallers && error.code?.startsWith('FST_') ? refuse('REQUEST_MALFORMED') : error;
}

function serveOpenApi(
  app: FastifyInstance,
  { doors, name, version }: HttpServerOptions,
  origin: () => string,
): void {
  const endpoints: Endpoint[] = doors.map(({ endpoint }) => endpoint);
  let document: Uint8Array | undefined;
  app.get('/openapi.json', (_request, reply) => {
    const options = { title: `Ward ${name}`, version, origin: origin() };
    document ??= encodeUtf8(JSON.stringify(openApiDocument(endpoints, options)));
    reply.type('application/json; charset=utf-8').send(document);
  });
}

interface Closing {
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly limits: ServerLimits;
}

/** Refuses what is new, ends the event streams, waits for requests in work, closes connections. */
async function closeApp(
  app: FastifyInstance,
  { admission, dispatcher, limits }: Closing,
): Promise<void> {
  admission.stop();
  dispatcher.endStreams();
  const force = setTimeout(() => app.server.closeAllConnections(), limits.drainMsMax);
  // A connection whose last request is answered would stay open for the next one.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(force);
    clearInterval(idle);
  }
}
