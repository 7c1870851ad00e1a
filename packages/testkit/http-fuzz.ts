import { connect, type Socket } from 'node:net';
import { errorCatalogue, PROBLEM_TYPE, type SignCall } from '@ward/protocol';
import { mutate } from './mutations.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/** A good request to start from. */
export interface SampleRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly target: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** Signs what comes out, so that it gets behind the check of signatures. */
  readonly sign?: SignCall;
  /** How much more often than others it is taken; 1 unless told. */
  readonly weight?: number;
}

export interface HttpFuzzOptions {
  readonly origin: string;
  readonly samples: readonly SampleRequest[];
  /** The same seed gives the same requests. */
  readonly seed: number;
  readonly runs: number;
  /** When it stops at the latest, however few requests that were; never unless told. */
  readonly msMax?: number;
  /** Memory that may be in use at any time above what was in use at the start. */
  readonly memoryMaxBytes?: number;
  /** Codes that no request may bring about. */
  readonly never?: readonly string[];
}

export interface HttpFuzzReport {
  readonly runs: number;
  /** How often each code came; `OK` for an answer that is none. */
  readonly codes: ReadonlyMap<string, number>;
  readonly memoryPeakBytes: number;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Requests that go out together over one connection. */
const BATCH = 16;
const BODY_BYTES_MAX = 16 * 1024;
const TARGET_LENGTH_MAX = 400;
const MEMORY_MAX_BYTES = 512 * 1024 * 1024;
const MEMORY_EVERY = 50;
const encoder = new TextEncoder();

/**
 * Sends mutated requests to a server that listens, and checks that each is answered with success or
 * with a code of the catalogue.
 *
 * @throws Error at the first answer that is neither, or that says that the server failed.
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
  const { origin, runs, memoryMaxBytes = MEMORY_MAX_BYTES, never = ['INTERNAL'] } = options;
  const random = seededRandom(options.seed);
  const samples = options.samples.flatMap((sample) =>
    new Array<SampleRequest>(sample.weight ?? 1).fill(sample),
  );
  const codes = new Map<string, number>();
  const startBytes = memoryBytes();
  let memoryPeakBytes = 0;
  const connection = new Connection(origin);
  const endMs = performance.now() + (options.msMax ?? Number.POSITIVE_INFINITY);
  let run = 0;
  for (let batch = 0; run < runs && performance.now() < endMs; batch++) {
    const count = Math.min(BATCH, runs - run);
    const requests = Array.from({ length: count }, () => mutateRequest(samples, random));
    for (const [i, answer] of (await connection.ask(requests)).entries()) {
      const code = codeOf(answer);
      if (code === undefined || never.includes(code)) {
        const { status, text } = answer;
        const shown = Buffer.from(requests[i]!).toString('latin1').slice(0, 2000);
        throw new Error(`run ${run + i}: ${status} ${text}, for ${JSON.stringify(shown)}`);
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    run += count;
    if (batch % MEMORY_EVERY !== 0) continue;
    memoryPeakBytes = Math.max(memoryPeakBytes, memoryBytes() - startBytes);
    if (memoryPeakBytes > memoryMaxBytes) throw new Error(`uses ${memoryPeakBytes} bytes`);
  }
  connection.close();
  return { runs: run, codes, memoryPeakBytes };
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The code of a refusal; undefined for an answer that no server of ours gives. */
function codeOf({ status, type, text }: Answer): string | undefined {
  if (status >= 200 && status < 300) return 'OK';
  if (type !== PROBLEM_TYPE) return undefined;
  const { code, status: said } = JSON.parse(text) as { code: string; status: number };
  return said === status && errorCatalogue().has(code) ? code : undefined;
}

/** One request as bytes, with a mutated path, header or body, and framing that fits. */
function mutateRequest(samples: readonly SampleRequest[], random: SeededRandom): Uint8Array {
  const sample = random.pick(samples);
  const others = samples.flatMap(({ body }) => (body === undefined ? [] : [body]));
  let { body } = sample;
  let target = sample.target;
  const headers = new Map(Object.entries(sample.headers ?? {}));
  const choice = random.below(8);
  const isBare = body === undefined && choice < 7;
  if (choice === 0 || isBare) target = mutateTarget(target, random);
  if (body !== undefined && choice !== 0) {
    const changed = { sizeMaxBytes: BODY_BYTES_MAX, words: [] };
    body = mutate([body, ...others.slice(0, 3)], random, changed);
  }
  if (choice === 1)
    headers.set('content-type', random.pick(['', 'text/plain', 'application/cbor']));
  if (sample.sign !== undefined) {
    const signed = { method: sample.method, target, body: body ?? null };
    for (const [name, value] of Object.entries(sample.sign(signed))) {
      headers.set(name, choice === 2 ? mutateText(value, random) : value);
    }
  }
  return encodeRequest({ ...sample, target, headers, body: body ?? null });
}

/** Letters, digits and signs that may stand in a path or a header. */
function mutateText(text: string, random: SeededRandom): string {
  const changed = mutate([encoder.encode(text)], random, {
    ...{ sizeMaxBytes: TARGET_LENGTH_MAX, words: [] },
  });
  return String.fromCharCode(...changed.map((byte) => 0x21 + (byte % 0x5e)));
}

function mutateTarget(target: string, random: SeededRandom): string {
  const parts = target.slice(1).split('/');
  const at = random.below(parts.length);
  const changes: readonly (() => string)[] = [
    () => mutateText(parts[at]!, random),
    () => encodeURIComponent(mutateText(parts[at]!, random)),
    () => `${parts[at]}?${mutateText('version=1&after=2', random)}`,
    () => '',
    () => '..',
    () => '%ff%00',
    () => `${parts[at]}${parts[at]}`,
    () => parts[at]!.toUpperCase(),
  ];
  const changed = parts.map((part, i) => (i === at ? random.pick(changes)() : part));
  return `/${changed.join('/')}`.slice(0, TARGET_LENGTH_MAX);
}

function encodeRequest({
  method,
  target,
  headers,
  body,
}: {
  method: string;
  target: string;
  headers: ReadonlyMap<string, string>;
  body: Uint8Array | null;
}): Uint8Array {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: fuzz',
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : [`content-length: ${body.length}`]),
  ];
  const head = encoder.encode(`${lines.join('\r\n')}\r\n\r\n`);
  return body === null ? head : Buffer.concat([head, body]);
}

/** A connection that is made anew when the server ends it. */
class Connection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Answers in order. What was behind a request after which the server hung up is sent again. */
  async ask(requests: readonly Uint8Array[]): Promise<Answer[]> {
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
