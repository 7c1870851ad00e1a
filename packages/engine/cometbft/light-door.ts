import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';

/** What a light client asks of CometBFT's RPC, and nothing else of it. */
const METHODS: readonly unknown[] = ['commit', 'validators', 'consensus_params'];
const PARAMETERS = ['height', 'page', 'per_page'];
const REQUEST_BYTES_MAX = 4096;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const ANSWER_MS_MAX = 10_000;
const AT_ONCE_MAX = 32;

/**
 * Headers, commits and validators for nodes that join, in CometBFT's own JSON-RPC: three of its
 * calls, passed on to the unix socket of its RPC. Whoever asks verifies what comes.
 */
export class LightDoor {
  readonly #server: Server;
  readonly #rpcPath: string;
  #open = 0;

  /**
   * @param address Where it listens, as `127.0.0.1:26657`; undefined: there is none.
   * @param rpcPath Unix socket of CometBFT's RPC.
   */
  static async open(address: string | undefined, rpcPath: string): Promise<LightDoor | undefined> {
    if (address === undefined) return undefined;
    const door = new LightDoor(rpcPath);
    const colon = address.lastIndexOf(':');
    door.#server.listen({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    await once(door.#server, 'listening');
    return door;
  }

  private constructor(rpcPath: string) {
    this.#rpcPath = rpcPath;
    this.#server = createServer((call, answer) => {
      this.#serve(call, answer).catch(() => answer.destroy());
    });
    this.#server.requestTimeout = ANSWER_MS_MAX;
  }

  /** Where it listens. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async #serve(call: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.#open >= AT_ONCE_MAX) return refuse(answer, 503);
    this.#open++;
    try {
      const body = await readBody(call);
      const passedOn = call.method === 'POST' && body && allowedCall(body);
      if (!passedOn) return refuse(answer, 400);
      const result = await this.#ask(passedOn);
      answer.writeHead(200, { 'content-type': 'application/json' }).end(result);
    } finally {
      this.#open--;
    }
  }

  #ask(body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const options = { socketPath: this.#rpcPath, path: '/', method: 'POST', headers };
      const call = request({ ...options, timeout: ANSWER_MS_MAX }, (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > ANSWER_BYTES_MAX) call.destroy(new Error('an answer of CometBFT is too long'));
          else chunks.push(chunk);
        });
        answer.on('end', () => resolve(Buffer.concat(chunks)));
        answer.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error('CometBFT does not answer')));
      call.on('error', reject);
      call.end(body);
    });
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function refuse(answer: ServerResponse, status: number): void {
  answer.writeHead(status, { connection: 'close' }).end();
}

/** What was sent; undefined where it is longer than any of the calls. */
async function readBody(call: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REQUEST_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The call as it is passed on, in our own words; undefined for any other. */
function allowedCall(body: Buffer): Buffer | undefined {
  try {
    const { id, method, params } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (!METHODS.includes(method) || typeof id !== 'number') return undefined;
    const own = params as Record<string, unknown> | undefined;
    const known = PARAMETERS.flatMap((name) =>
      typeof own?.[name] === 'string' ? [[name, own[name]]] : [],
    );
    const call = { jsonrpc: '2.0', id, method, params: Object.fromEntries(known) };
    return Buffer.from(JSON.stringify(call));
  } catch {
    return undefined;
  }
}
