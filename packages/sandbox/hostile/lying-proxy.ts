import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AnswerKind,
  CBOR_TYPE,
  collectBody,
  type Endpoint,
  type EventStream,
  encodeProblem,
  encodeUtf8,
  type Format,
  isEventStream,
  isRaw,
  PROBLEM_TYPE,
  WardError,
} from '@ward/protocol';

/** What was asked, as far as a lie may depend on it. */
export interface AskedThrough {
  /** Parameters of the path, as they stand in it: ids in hexadecimal. */
  readonly params: { readonly [name: string]: string };
  readonly query: URLSearchParams;
}

/** What a door answers; of a stream, one event. */
type Told<A> =
  A extends Format<infer T>
    ? T
    : A extends EventStream<infer T>
      ? T
      : A extends null
        ? null
        : Uint8Array;

/** One kind of lie. */
export interface Lie {
  readonly endpoint: Endpoint;
  tell(answer: unknown, asked: AskedThrough): unknown;
}

/**
 * A lie about the answers of one door.
 *
 * @param tell Gives what is answered instead: the true answer to tell the truth this time, a
 * WardError to refuse.
 * @example lie(proveState, (answer) => ({ ...answer, block: oldBlock }))
 */
export function lie<A extends AnswerKind>(
  endpoint: { readonly name: string; readonly answer: A },
  tell: (answer: Told<A>, asked: AskedThrough) => Told<A> | WardError,
): Lie {
  return {
    endpoint: endpoint as unknown as Endpoint,
    tell: (answer, asked) => tell(answer as Told<A>, asked),
  };
}

export interface LyingProxyOptions {
  /** Origin of the honest server behind it. */
  readonly target: string;
  readonly lies?: readonly Lie[];
}

/**
 * An honest server's answers, some of them rewritten: what somebody with root on its machine could
 * make it say. Whatever no lie is about passes unchanged.
 */
export interface LyingProxy {
  readonly origin: string;
  /** Lies in force; they may be changed while it runs. */
  lies: readonly Lie[];
  /** How many answers were rewritten. */
  readonly told: number;
  close(): Promise<void>;
}

/** Answers that are rewritten are held in memory; larger ones pass unchanged. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Starts a {@link LyingProxy} on a free port of this machine. */
export async function startLyingProxy(options: LyingProxyOptions): Promise<LyingProxy> {
  const proxy = new RewritingProxy(options);
  await proxy.listen();
  return proxy;
}

class RewritingProxy implements LyingProxy {
  readonly #target: URL;
  readonly #server: Server;
  lies: readonly Lie[];
  told = 0;

  constructor({ target, lies = [] }: LyingProxyOptions) {
    this.#target = new URL(target);
    this.lies = lies;
    this.#server = createServer((asked, answer) => this.#pass(asked, answer));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = asked;
    const forward = request({ hostname, port, method, path, headers });
    forward.on('response', (received) => {
      this.#answer(asked, received, answer).catch(() => answer.destroy());
    });
    forward.on('error', () => answer.destroy());
    answer.on('close', () => forward.destroy());
    asked.pipe(forward);
  }

  async #answer(asked: IncomingMessage, received: IncomingMessage, answer: ServerResponse) {
    const found = received.statusCode === 200 ? this.#lieAbout(asked) : undefined;
    if (found === undefined) {
      answer.writeHead(received.statusCode ?? 502, received.headers);
      received.pipe(answer);
      return;
    }
    if (isEventStream(found.lie.endpoint.answer)) await this.#tellEvents(found, received, answer);
    else await this.#tellOne(found, received, answer);
  }

  #lieAbout({ method, url = '' }: IncomingMessage): FoundLie | undefined {
    const { pathname, searchParams: query } = new URL(url, this.#target);
    for (const each of this.lies) {
      const params = matchPath(each.endpoint.path, pathname);
      if (each.endpoint.method !== method || params === undefined) continue;
      return { lie: each, asked: { params, query } };
    }
    return undefined;
  }

  async #tellOne(
    { lie: { endpoint, tell }, asked }: FoundLie,
    received: IncomingMessage,
    answer: ServerResponse,
  ) {
    const bytes = await collectBody(received, ANSWER_BYTES_MAX);
    if (bytes === undefined) throw new Error('an answer too large to be rewritten');
    const type = received.headers['content-type'] ?? '';
    const honest = decodeAnswer(endpoint, bytes, type);
    const told = tell(honest, asked);
    if (told !== honest) this.told++;
    if (told instanceof WardError) {
      answer.writeHead(told.kind.status, { 'content-type': PROBLEM_TYPE });
      answer.end(encodeProblem(told));
      return;
    }
    answer.writeHead(200, { 'content-type': type });
    answer.end(encodeAnswer(endpoint, told, type));
  }

  async #tellEvents(
    { lie: { endpoint, tell }, asked }: FoundLie,
    received: IncomingMessage,
    answer: ServerResponse,
  ) {
    const { event } = endpoint.answer as EventStream<unknown>;
    answer.writeHead(200, received.headers);
    let rest = '';
    for await (const chunk of received.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const honest = line.startsWith(DATA)
          ? event.fromJson(JSON.parse(line.slice(DATA.length)))
          : undefined;
        const told = honest === undefined ? undefined : tell(honest, asked);
        if (told instanceof WardError) continue;
        if (told !== honest) this.told++;
        answer.write(
          told === undefined ? `${line}\n` : `${DATA}${JSON.stringify(event.toJson(told))}\n`,
        );
      }
    }
    answer.end();
  }
}

interface FoundLie {
  readonly lie: Lie;
  readonly asked: AskedThrough;
}

const DATA = 'data: ';

/** Parameters of a path that has the form of a template; undefined for any other path. */
function matchPath(template: string, path: string): AskedThrough['params'] | undefined {
  const wanted = template.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return undefined;
  const params: { [name: string]: string } = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(parts[i]!);
    else if (part !== parts[i]) return undefined;
  }
  return params;
}

function decodeAnswer({ answer }: Endpoint, bytes: Uint8Array, type: string): unknown {
  if (answer === null || isRaw(answer)) return bytes;
  const format = answer as Format<unknown>;
  if (type.startsWith(CBOR_TYPE)) return format.decode(bytes);
  return format.fromJson(JSON.parse(Buffer.from(bytes).toString()));
}

function encodeAnswer({ answer }: Endpoint, value: unknown, type: string): Uint8Array {
  if (answer === null || isRaw(answer)) return value as Uint8Array;
  const format = answer as Format<unknown>;
  if (type.startsWith(CBOR_TYPE)) return format.encode(value);
  return encodeUtf8(JSON.stringify(format.toJson(value)));
}
