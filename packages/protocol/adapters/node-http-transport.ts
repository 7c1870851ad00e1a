import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { pipeline, Readable } from 'node:stream';
import type { Transport, WireAnswer, WireRequest } from '../http/transport.ts';
import type { HttpTransportOptions } from './http-transport.ts';

const ANSWER_MS_MAX = 60_000;
const SOCKETS_MAX = 256;

interface Agents {
  readonly plain: Agent;
  readonly secure: SecureAgent;
}

function makeAgents(): Agents {
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return { plain: new Agent(options), secure: new SecureAgent(options) };
}

// One pool for the process: connections are used again, and do not keep it alive.
const shared = makeAgents();

/**
 * The way to a server over HTTP by Node's own client, at a third of what its `fetch` costs.
 *
 * @param origin Scheme, host and port, as in `https://vault.example.org`.
 * @example const vault = httpTransport('http://127.0.0.1:8080');
 */
export function httpTransport(origin: string, options: HttpTransportOptions = {}): Transport {
  const { answerMsMax = ANSWER_MS_MAX, isSeparate = false } = options;
  const base = new URL(origin);
  const agents = isSeparate ? makeAgents() : shared;
  return {
    name: base.origin,
    async send(request, { signal } = {}) {
      const exchange = new Exchange({ base, agents }, request);
      const stop = () => exchange.stop();
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
      const timer = setTimeout(stop, answerMsMax);
      const finished = () => signal?.removeEventListener('abort', stop);
      try {
        return readAnswer(await exchange.answer(), finished);
      } catch (error) {
        finished();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** One request and its answer. An AbortSignal of Node's would cost as much as the request. */
class Exchange {
  readonly #server: Server;
  readonly #request: WireRequest;
  #sent: ClientRequest | undefined;
  #isStopped = false;

  constructor(server: Server, request: WireRequest) {
    this.#server = server;
    this.#request = request;
  }

  /** Ends it wherever it is: whoever waits for the answer, or for the rest of it, gets an error. */
  stop(): void {
    this.#isStopped = true;
    this.#sent?.destroy();
  }

  /**
   * A kept connection may be closed by the server at the moment in which it is used again: then the
   * request never began, and goes out once more over a new one.
   */
  async answer(): Promise<IncomingMessage> {
    const { body } = this.#request;
    const first = this.#begin();
    try {
      return await answerTo(first);
    } catch (error) {
      const isStale = first.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      const isWhole = body === null || body instanceof Uint8Array;
      if (!isStale || !isWhole || this.#isStopped) throw error;
      return answerTo(this.#begin());
    }
  }

  #begin(): ClientRequest {
    if (this.#isStopped) throw new Error('stopped before it began');
    const sent = begin(this.#server, this.#request);
    this.#sent = sent;
    return sent;
  }
}

/** Where a server is, and the connections to it. */
interface Server {
  readonly base: URL;
  readonly agents: Agents;
}

function begin({ base, agents }: Server, request: WireRequest): ClientRequest {
  const { method, target, headers, body } = request;
  const isSecure = base.protocol === 'https:';
  const options = {
    ...{ protocol: base.protocol, hostname: base.hostname.replace(/^\[|\]$/g, '') },
    ...{ port: base.port, path: target, method },
    agent: isSecure ? agents.secure : agents.plain,
    headers: body instanceof Uint8Array ? { ...headers, 'content-length': body.length } : headers,
  };
  const sent = isSecure ? httpsRequest(options) : httpRequest(options);
  if (body === null) sent.end();
  else if (body instanceof Uint8Array) sent.end(body);
  else pipeline(Readable.from(body, { objectMode: false }), sent, () => undefined);
  return sent;
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
}

/** @throws Error for a redirect: whoever has an origin means that server and no other. */
function readAnswer(answer: IncomingMessage, finished: () => void): WireAnswer {
  const { statusCode = 0, headers } = answer;
  if (statusCode >= 300 && statusCode < 400) {
    answer.destroy();
    throw new Error('the server sends its callers elsewhere');
  }
  const texts = Object.entries(headers).map(([name, value]) => [name, value?.toString()]);
  return {
    status: statusCode,
    headers: Object.fromEntries(texts) as WireAnswer['headers'],
    body: chunksOf(answer, finished),
  };
}

/** Longest answer that is collected before its first byte is given on. */
const COLLECTED_BYTES_MAX = 64 * 1024;

async function* chunksOf(
  answer: IncomingMessage,
  finished: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    const isShort = Number(answer.headers['content-length']) <= COLLECTED_BYTES_MAX;
    // An iterator over a stream costs more than a short answer does.
    for await (const chunk of isShort ? await collected(answer) : answer) {
      const { buffer, byteOffset, length } = chunk as Buffer;
      yield new Uint8Array(buffer, byteOffset, length);
    }
  } finally {
    finished();
  }
}

function collected(answer: IncomingMessage): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const broken = () => {
      if (!answer.readableEnded) reject(new Error('the connection broke'));
    };
    // It may have broken before anybody looked: nothing more would be said then.
    if (answer.destroyed) broken();
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.once('end', () => resolve(chunks));
    answer.once('error', reject);
    answer.once('close', broken);
  });
}
