import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { AbciFrameReader, encodeAbciFrame } from './abci-frames.ts';
import {
  AbciAnswer,
  type AbciCall,
  AbciRequest,
  type AnswerOf,
  abci,
  type RequestOf,
} from './abci-messages.ts';
import { Turns, type Urgency } from './turns.ts';

/**
 * What an application does with each call; a call that throws ends the engine. An answer that may
 * take its time is due when `hurried` resolves: CometBFT waits for what it asked behind it.
 */
export type AbciApplication = {
  readonly [C in AbciCall]: (
    request: RequestOf<C>,
    hurried?: Promise<void>,
  ) => AnswerOf<C> | Promise<AnswerOf<C>>;
};

export interface AbciServerOptions {
  /** Path of the unix socket; what lies there is removed. */
  readonly path: string;
  readonly application: AbciApplication;
  /** Puts something around it. */
  readonly wrapApplication?: ((inner: AbciApplication) => AbciApplication) | undefined;
  /** A call threw, which is a broken invariant of ours, or what came was no ABCI. */
  readonly onFailed: (error: Error) => void;
  /** What a call that threw is answered after; CometBFT ends with its answer. */
  readonly beforeFailing?: (error: Error) => Promise<void>;
  /** CometBFT has let go of the connection that consensus runs on. */
  readonly onDisconnected?: () => void;
}

/** Requests of one connection that are not answered yet; beyond, it is not read. */
const UNANSWERED_MAX = 256;
const OWNER_ONLY = 0o600;

const URGENCY: { readonly [C in AbciCall]: Urgency } = {
  echo: 'query',
  flush: 'query',
  info: 'consensus',
  initChain: 'consensus',
  prepareProposal: 'consensus',
  processProposal: 'consensus',
  extendVote: 'consensus',
  verifyVoteExtension: 'consensus',
  finalizeBlock: 'consensus',
  commit: 'consensus',
  checkTx: 'mempool',
  insertTx: 'mempool',
  reapTxs: 'mempool',
  query: 'query',
  listSnapshots: 'query',
  offerSnapshot: 'consensus',
  loadSnapshotChunk: 'query',
  applySnapshotChunk: 'consensus',
};

/**
 * ABCI 2.0 on a unix socket. CometBFT opens four connections and says on none what it is for: calls
 * are known by their message. Each connection has its answers in the order of its requests; between
 * connections consensus goes before the mempool, and that before queries.
 */
export class AbciServer {
  readonly #options: AbciServerOptions;
  readonly #application: AbciApplication;
  readonly #turns = new Turns();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: AbciServerOptions) {
    const { application, wrapApplication = (inner) => inner } = options;
    this.#options = options;
    this.#application = wrapApplication(application);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async start(): Promise<void> {
    const { path } = this.#options;
    rmSync(path, { force: true });
    this.#server.listen(path);
    await once(this.#server, 'listening');
    chmodSync(path, OWNER_ONLY);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    const reader = new AbciFrameReader();
    const connection: Connection = { socket, unanswered: [], isConsensus: false };
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (connection.isConsensus) this.#options.onDisconnected?.();
    });
    socket.on('data', (chunk) => {
      try {
        for (const message of reader.push(chunk)) this.#take(message, connection);
      } catch (error) {
        socket.destroy();
        this.#options.onFailed(asError(error));
      }
    });
  }

  #take(message: Uint8Array, connection: Connection): void {
    const { value } = abci.decode(AbciRequest, message);
    if (value.case === undefined) throw new Error('a request of ABCI that is not known');
    const { case: call, value: request } = value;
    if (call === 'finalizeBlock' || call === 'initChain') connection.isConsensus = true;
    // CometBFT sends one behind each call; its answer goes out with that of the call.
    const isFlush = call === 'flush';
    const hurried = hurry(call, connection);
    const work = () => this.#answer(call, request, hurried);
    const answer = isFlush ? work() : this.#turns.run(URGENCY[call], work);
    const { socket, unanswered } = connection;
    unanswered.push(answer);
    if (unanswered.length >= UNANSWERED_MAX) socket.pause();
    if (unanswered.length === 1) void this.#write(connection);
  }

  async #write({ socket, unanswered }: Connection): Promise<void> {
    for (let first = unanswered[0]; first !== undefined; first = unanswered[0]) {
      const answer = await first;
      unanswered.shift();
      if (!socket.destroyed) {
        // What is answered by now goes out at once: a write costs more than an answer.
        socket.cork();
        socket.write(answer);
        process.nextTick(() => socket.uncork());
      }
      if (socket.isPaused()) socket.resume();
    }
  }

  async #answer(
    call: AbciCall,
    request: unknown,
    hurried: Promise<void> | undefined,
  ): Promise<Uint8Array> {
    try {
      const handler = this.#application[call] as (...own: unknown[]) => unknown;
      return encodeAnswer(call, await handler(request, hurried));
    } catch (error) {
      await this.#options.beforeFailing?.(asError(error));
      this.#options.onFailed(asError(error));
      return encodeAnswer('exception', { text: 'the application has failed: see its log' });
    }
  }
}

interface Connection {
  readonly socket: Socket;
  readonly unanswered: Promise<Uint8Array>[];
  isConsensus: boolean;
  /** The last call that may take its time, with how many came behind it. */
  patient?: { readonly hurry: () => void; behind: number };
}

/**
 * Tells the last call that may take its time of each that comes behind it and is not the flush that
 * belongs to it.
 *
 * @returns For such a call: resolves when another one waits for its answer.
 */
function hurry(call: AbciCall, connection: Connection): Promise<void> | undefined {
  const { patient } = connection;
  if (patient !== undefined && (call !== 'flush' || patient.behind > 0)) patient.hurry();
  if (patient !== undefined) patient.behind++;
  if (call !== 'reapTxs') return undefined;
  return new Promise<void>((resolve) => {
    connection.patient = { hurry: resolve, behind: 0 };
  });
}

function encodeAnswer(name: AbciCall | 'exception', answer: unknown): Uint8Array {
  const value = { case: name, value: answer } as AbciAnswer['value'];
  return encodeAbciFrame(abci.encode(AbciAnswer, { value }));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('failed', { cause: error });
}
