import { VerifiedLedger } from '@ward/ledger/schema';
import {
  type AccountId,
  type Crypto,
  collectBody,
  defineEndpoint,
  defineFormat,
  field,
  REQUEST_HEADER,
  type RequestKey,
  raw,
  type SignCall,
  signRequest,
  type Transport,
} from '@ward/protocol';
import { systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import {
  type Caller,
  createLog,
  type Door,
  door,
  type HttpServer,
  type HttpServerOptions,
  Members,
  Metrics,
  startServer,
} from '@ward/server';
import { type MemoryNode, startMemoryNode } from './memory-node.ts';
import { TEST_TIME, TestLedger, type TestMember } from './test-ledger.ts';

/** Bodies of the doors of a {@link DoorStage}. */
export const StageWord = defineFormat('server-test-word', 1, {
  text: field.text(100),
  bytes: field.bytesBetween(0, 2048),
  count: field.integer(),
});
export const StageTick = defineFormat('server-test-tick', 1, { height: field.integer() });

const plain = { params: {}, query: {}, body: null, answer: null, signedBy: 'nobody' } as const;
const name = { summary: 'For tests' } as const;

/** One endpoint of each kind that a server can have. */
export const STAGE_ENDPOINTS = {
  echo: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-echo', method: 'POST', path: '/v1/echo' },
    ...{ body: StageWord, answer: StageWord },
  }),
  count: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-count', method: 'PUT', path: '/v1/count/:chart' },
    params: { chart: field.bytes(32) },
    body: raw(1_000_000),
    answer: StageWord,
  }),
  stream: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-stream', method: 'GET', path: '/v1/stream' },
    query: { bytes: field.integer(0, 100_000_000) },
    answer: raw(100_000_000),
  }),
  nothing: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-nothing', method: 'DELETE', path: '/v1/nothing' },
  }),
  fail: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-fail', method: 'GET', path: '/v1/fail' },
  }),
  ticks: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-ticks', method: 'GET', path: '/v1/ticks' },
    query: { from: field.nullable(field.integer()) },
    answer: { event: StageTick },
  }),
  wait: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-wait', method: 'GET', path: '/v1/wait' },
  }),
  own: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-own', method: 'POST', path: '/v1/own' },
    ...{ body: StageWord, signedBy: 'owner' },
  }),
  members: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-members', method: 'POST', path: '/v1/members' },
    ...{ body: StageWord, signedBy: 'organisation' },
  }),
  both: defineEndpoint({
    ...{ ...plain, ...name, name: 'test-both', method: 'POST', path: '/v1/both' },
    ...{ body: StageWord, signedBy: 'organisation-or-owner' },
  }),
} as const;

/** Message of the failure behind the door `fail`: it must be seen nowhere. */
export const STAGE_SECRET = 'Ada Example (synthetic), HIV positive';

/** What the doors of one server saw, and what a test may turn. */
export class DoorScene {
  readonly callers: Caller[] = [];
  readonly waiting: (() => void)[] = [];
  readonly lines: string[] = [];
  /** Event streams and raw answers that came to their end, one way or another. */
  ended = 0;
  /** Bytes of raw bodies that were read. */
  readBytes = 0;

  doors(): Door[] {
    const { echo, count, stream, nothing, fail, ticks, wait, own, members, both } = STAGE_ENDPOINTS;
    const keep = ({ caller }: { caller: Caller }) => {
      this.callers.push(caller);
      return null;
    };
    return [
      door(echo, ({ body }) => body),
      door(count, async ({ body, params }) => {
        let sizeBytes = 0;
        for await (const chunk of body) {
          sizeBytes += chunk.length;
          this.readBytes += chunk.length;
        }
        return { text: '', bytes: params.chart, count: sizeBytes };
      }),
      door(stream, ({ query }) => this.#zeros(query.bytes)),
      door(nothing, () => null),
      door(fail, () => {
        throw new Error(STAGE_SECRET);
      }),
      door(ticks, ({ query, signal }) => this.#ticks(query.from ?? 100, signal), {
        eventNumber: (tick) => (tick as { height: number }).height,
      }),
      door(wait, () => new Promise<null>((resolve) => this.waiting.push(() => resolve(null)))),
      door(own, keep),
      door(members, keep),
      door(both, keep),
    ];
  }

  async *#ticks(from: number, signal: AbortSignal) {
    try {
      for (let height = from; height < from + 3; height++) yield { height };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      this.ended++;
    }
  }

  async *#zeros(bytes: number): AsyncGenerator<Uint8Array> {
    try {
      yield* zeros(bytes);
    } finally {
      this.ended++;
    }
  }
}

/** So many bytes, in pieces. */
export async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 65_536) yield new Uint8Array(Math.min(left, 65_536));
}

/** Servers with a door of each kind, before a ledger with two organisations. */
export class DoorStage {
  readonly crypto: Crypto;
  readonly ledger: TestLedger;
  readonly node: MemoryNode;
  readonly clock: { ms: number; nowMs(): number };
  readonly #servers: HttpServer[] = [];

  private constructor(ledger: TestLedger, node: MemoryNode, clock: DoorStage['clock']) {
    this.crypto = ledger.crypto;
    this.ledger = ledger;
    this.node = node;
    this.clock = clock;
  }

  static async start(crypto: Crypto): Promise<DoorStage> {
    const ledger = new TestLedger(crypto);
    const clock = { ms: TEST_TIME * 1000, nowMs: () => clock.ms };
    return new DoorStage(ledger, await startMemoryNode({ ...ledger, clock }), clock);
  }

  /** Starts a server; {@link closeServers} ends it. */
  async open(options: Partial<HttpServerOptions> = {}) {
    const { ledger, node, clock, crypto } = this;
    const scene = new DoorScene();
    const verified = new VerifiedLedger({
      ...{ networkFile: node.networkFile, nodes: [node.transport], clock, crypto },
    });
    const write = (line: string) => scene.lines.push(line);
    const server = await startServer({
      ...{ name: 'test' as never, version: '1', organisation: ledger.provider.id },
      ...{ realm: ledger.realm, clock, doors: scene.doors() },
      members: new Members({ ledger: verified, clock }),
      log: createLog({ level: 'debug', destination: { write } }),
      metrics: new Metrics(),
      ...options,
    });
    this.#servers.push(server);
    return { server, scene, http: httpTransport(server.origin) };
  }

  /** Signs calls for the server of an organisation. */
  signer(
    key: RequestKey,
    audience: AccountId = this.ledger.provider.id,
    time = this.clock.ms / 1000,
  ): SignCall {
    const { realm } = this.ledger;
    return (request) => ({
      [REQUEST_HEADER]: signRequest({ audience, ...request }, { key, time }, systemRandom, realm),
    });
  }

  memberKey(member: TestMember = this.ledger.provider): RequestKey {
    const { id: account, service: keyPair } = member;
    return { signer: { kind: 'organisation', account, publicKey: keyPair.publicKey }, keyPair };
  }

  ownerKey(seed = 1): RequestKey {
    const keyPair = this.crypto.ed25519.keyPair(new Uint8Array(32).fill(seed));
    const cold = new Uint8Array(32).fill(9);
    return { signer: { kind: 'owner', ck: keyPair.publicKey, cold }, keyPair };
  }

  async closeServers(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }

  async stop(): Promise<void> {
    await this.closeServers();
    await this.node.stop();
  }
}

/** A request as somebody may write it by hand; to the door `echo` unless told. */
export async function ask(
  transport: Transport,
  request: Partial<Parameters<Transport['send']>[0]>,
) {
  const answer = await transport.send({
    ...{ method: 'POST', target: '/v1/echo', headers: {}, body: null },
    ...request,
  });
  const bytes = (await collectBody(answer.body, 1_000_000))!;
  const text = new TextDecoder().decode(bytes);
  const type = answer.headers['content-type'] ?? '';
  const json = type.includes('json') ? (JSON.parse(text) as { code?: string }) : undefined;
  return { ...answer, bytes, text, json };
}
