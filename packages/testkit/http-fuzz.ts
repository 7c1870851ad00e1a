import { connect, type Socket } from 'node:net';
import { collectBody, errorCatalogue, PROBLEM_TYPE, type Transport } from '@ward/protocol';
import {
  type BytesRequest,
  encodeRequest,
  mutateRequest,
  type SampleRequest,
} from './http-mutations.ts';
import { KeptMemory } from './kept-memory.ts';
import { seededRandom } from './seeded-random.ts';

export interface HttpFuzzOptions {
  /** A server that listens, or the way to one without a socket, which is several times faster. */
  readonly server: string | Transport;
  readonly samples: readonly SampleRequest[];
  /** The same seed gives the same requests. */
  readonly seed: number;
  readonly runs: number;
  /** Memory that may be in use at any time above what was in use at the start. */
  readonly memoryMaxBytes?: number;
}

export interface HttpFuzzReport {
  readonly runs: number;
  /** Requests that came through routing, limits and signature to a parser of what they say. */
  readonly parsed: number;
  /** How often each code came; `OK` for an answer that is none. */
  readonly codes: ReadonlyMap<string, number>;
  readonly memoryPeakBytes: number;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Requests that go out together, over one connection or in process. */
const PIPELINED = 16;
const AT_ONCE = 256;
const MEMORY_MAX_BYTES = 512 * 1024 * 1024;
const MEMORY_EVERY = 16;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const TOO_MANY = 429;
const UNABLE = 500;

/** Refusals before anything of a request but its first line, length and signature was looked at. */
const BEFORE_PARSERS = new Set([
  ...['ENDPOINT_UNKNOWN', 'REQUEST_MALFORMED', 'REQUEST_UNSIGNED', 'REQUEST_SIGNATURE'],
  ...['REQUEST_TIME', 'REQUEST_REPLAYED', 'CALLER_UNKNOWN', 'CALLER_MISPLACED'],
  ...['BODY_TOO_LARGE', 'BODY_INCOMPLETE'],
]);

/**
 * Sends mutated requests to a server, and checks that each is answered with success or with a code
 * of the catalogue, and none with one that says that the server failed or had enough of them.
 *
 * @throws Error at the first other answer.
 */
export async function fuzzHttp(options: HttpFuzzOptions): Promise<HttpFuzzReport> {
  const limit = Error.stackTraceLimit;
  // Refusals are made by the hundred thousand here, and their traces cost more than the rest.
  Error.stackTraceLimit = 0;
  try {
    return await sendAll(options);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

async function sendAll(options: HttpFuzzOptions): Promise<HttpFuzzReport> {
  const { server, runs, memoryMaxBytes = MEMORY_MAX_BYTES } = options;
  const random = seededRandom(options.seed);
  const samples = options.samples.flatMap((sample) =>
    new Array<SampleRequest>(sample.weight ?? 1).fill(sample),
  );
  const codes = new Map<string, number>();
  const memory = new KeptMemory();
  const asker = typeof server === 'string' ? new Connection(server) : inProcess(server);
  let run = 0;
  for (let batch = 0; run < runs; batch++) {
    const count = Math.min(asker.batch, runs - run);
    const requests = Array.from({ length: count }, () => {
      let request = mutateRequest(samples, random);
      while (!asker.takes(request)) request = mutateRequest(samples, random);
      return request;
    });
    for (const [i, answer] of (await asker.ask(requests)).entries()) {
      const code = codeOf(answer);
      if (code === undefined) throw misbehaved(answer, { run: run + i, request: requests[i]! });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    run += count;
    if (batch % MEMORY_EVERY !== 0) continue;
    if (!memory.isWithin(memoryMaxBytes)) throw new Error(`uses ${memory.peakBytes} bytes`);
  }
  asker.close();
  const unparsed = [...codes].filter(([code]) => BEFORE_PARSERS.has(code));
  const parsed = unparsed.reduce((rest, [, count]) => rest - count, run);
  return { runs: run, parsed, codes, memoryPeakBytes: memory.peakBytes };
}

function misbehaved(
  { status, text }: Answer,
  { run, request }: { run: number; request: BytesRequest },
): Error {
  const shown = Buffer.from(encodeRequest(request)).toString('latin1').slice(0, 2000);
  return new Error(`run ${run}: ${status} ${text}, for ${JSON.stringify(shown)}`);
}

/** The code of a refusal; undefined for an answer that no server of ours gives here. */
function codeOf({ status, type, text }: Answer): string | undefined {
  if (status >= 200 && status < 300) return 'OK';
  if (type !== PROBLEM_TYPE || status === TOO_MANY || status >= UNABLE) return undefined;
  const { code, status: said } = JSON.parse(text) as { code: string; status: number };
  return said === status && errorCatalogue().has(code) ? code : undefined;
}

interface Asker {
  /** Requests that are asked together. */
  readonly batch: number;
  /** Whether a request can be sent in this way at all. */
  takes(request: BytesRequest): boolean;
  /** Answers in order. */
  ask(requests: readonly BytesRequest[]): Promise<Answer[]>;
  close(): void;
}

/** All of a server but the network. */
function inProcess(transport: Transport): Asker {
  const askOne = async (request: BytesRequest): Promise<Answer> => {
    const headers = {
      ...request.headers,
      ...(request.body === null ? {} : { 'content-length': `${request.body.length}` }),
    };
    const answer = await transport.send({ ...request, headers });
    const bytes = await collectBody(answer.body, ANSWER_BYTES_MAX);
    const type = answer.headers['content-type'] ?? '';
    return { status: answer.status, type, text: Buffer.from(bytes ?? []).toString() };
  };
  return {
    batch: AT_ONCE,
    // Without a socket a target must be part of a URL; over sockets it may be anything.
    takes: ({ target }) => URL.canParse(target, 'http://localhost'),
    ask: (requests) => Promise.all(requests.map(askOne)),
    close: () => {},
  };
}

/** A connection that is made anew when the server ends it. */
class Connection implements Asker {
  readonly batch = PIPELINED;
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
  }

  takes(): boolean {
    return true;
  }

  /** Answers in order. What was behind a request after which the server hung up is sent again. */
  async ask(all: readonly BytesRequest[]): Promise<Answer[]> {
    const requests = all.map(encodeRequest);
    const answers: Answer[] = [];
    let fruitless = 0;
    while (answers.length < requests.length) {
      const got = await this.#send(requests.slice(answers.length));
      answers.push(...got);
      fruitless = got.length === 0 ? fruitless + 1 : 0;
      if (fruitless === 3) {
        const shown = Buffer.from(requests[answers.length]!).toString('latin1');
        throw new Error(`no answer at all to ${JSON.stringify(shown.slice(0, 2000))}`);
      }
    }
    return answers;
  }

  #send(requests: readonly Uint8Array[]): Promise<Answer[]> {
    this.#socket ??= connect({ host: this.#host, port: this.#port, noDelay: true });
    const socket = this.#socket;
    return new Promise((resolve) => {
      const parser = new AnswerParser();
      const end = () => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        resolve(parser.answers);
      };
      const drop = () => {
        socket.destroy();
        this.#socket = undefined;
        end();
      };
      socket.on('data', (bytes: Buffer) => {
        parser.add(bytes);
        if (parser.isLast) drop();
        else if (parser.answers.length === requests.length) end();
      });
      socket.on('error', drop);
      socket.on('close', drop);
      socket.write(Buffer.concat(requests));
    });
  }

  close(): void {
    this.#socket?.destroy();
  }
}

/** Reads answers one behind the other, each with its length. */
class AnswerParser {
  readonly answers: Answer[] = [];
  /** The server ends the connection behind the last one. */
  isLast = false;
  #held = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (!this.isLast && this.#takeOne());
  }

  #takeOne(): boolean {
    const end = this.#held.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#held.subarray(0, end).toString('latin1');
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    if (/^transfer-encoding: chunked/im.test(head)) throw new Error('an answer without a length');
    if (this.#held.length < end + 4 + length) return false;
    const text = this.#held.subarray(end + 4, end + 4 + length).toString();
    const type = /^content-type: (.*)$/im.exec(head)?.[1] ?? '';
    this.answers.push({ status: Number(head.slice(9, 12)), type, text });
    this.isLast = /^connection: close$/im.test(head);
    this.#held = this.#held.subarray(end + 4 + length);
    return true;
  }
}
