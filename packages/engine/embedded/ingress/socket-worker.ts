import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Crypto, encodeProblem, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ArrivalsWriter } from './arrivals.ts';
import { Connection } from './connection.ts';
import { unpackEnvelopes } from './envelope-batch.ts';
import type { SubmitAnswers } from './submit-answers.ts';
import { Tokens } from './tokens.ts';
import { Verdicts } from './verdicts.ts';
import { verifyEnvelope } from './verify-envelope.ts';
import {
  type FromWorker,
  Settled,
  type ToWorker,
  WORKER_LIMITS,
  type WorkerAddresses,
  type WorkerOptions,
} from './worker-messages.ts';

const STALL_CHECK_MS = 5000;
const NOTHING = new Uint8Array(0);

/** One thread of the doors: it owns sockets, verifies what comes and answers what is settled. */
class SocketWorker {
  readonly #crypto: Crypto;
  readonly #verdicts = new Verdicts();
  readonly #tokens = new Tokens();
  readonly #arrivals = new ArrivalsWriter();
  readonly #connections = new Set<Connection>();
  readonly #servers: Server[] = [];

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  async listen({ index, isPortShared, listen }: WorkerOptions): Promise<WorkerAddresses> {
    const { folder, tcp } = listen;
    const addresses: { path?: string; host?: string; port?: number } = {};
    if (folder !== undefined) {
      addresses.path = join(folder, `${index}.sock`);
      // Left over by a process that was killed: the home's lock is ours.
      rmSync(addresses.path, { force: true });
      await this.#serve({ path: addresses.path });
    }
    if (tcp !== undefined) {
      const server = await this.#serve({ ...tcp, reusePort: isPortShared });
      addresses.host = tcp.host;
      addresses.port = (server.address() as { port: number }).port;
    }
    setInterval(() => {
      for (const connection of this.#connections) connection.dropIfStalled(performance.now());
    }, STALL_CHECK_MS).unref();
    return addresses;
  }

  #serve(where: object): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
    server.maxConnections = WORKER_LIMITS.connectionsMax;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => resolve(server));
    });
  }

  #accept(socket: Socket): void {
    this.#connections.add(
      new Connection(socket, {
        hasRoom: () => this.#tokens.hasRoom,
        take: (envelope, frame, connection) => {
          const verified = verifyEnvelope(envelope, this.#verdicts, this.#crypto);
          this.#arrivals.add(this.#tokens.give({ connection, frame }), verified);
          if (this.#arrivals.isFull) this.#handOver();
        },
        taken: () => this.#handOver(),
        closed: (connection) => this.#connections.delete(connection),
      }),
    );
  }

  #handOver(): void {
    if (this.#arrivals.count === 0) return;
    const buffer = this.#arrivals.take();
    post({ kind: 'arrivals', buffer }, [buffer]);
  }

  /** Tells each connection what became of its frames; then those that waited for room go on. */
  settle(settled: Settled): void {
    const { height } = settled;
    const answers = new Map<Connection, MutableAnswers>();
    const answersOf = (connection: Connection): MutableAnswers => {
      let own = answers.get(connection);
      if (own === undefined) {
        own = { height, committed: [], refused: [] };
        answers.set(connection, own);
      }
      return own;
    };
    for (const { token, index, refusal } of settled.committed) {
      const { connection, frame } = this.#tokens.takeBack(token);
      answersOf(connection).committed.push({ frame, index, refusal });
    }
    for (const { token, refusal } of settled.refused) {
      const { connection, frame } = this.#tokens.takeBack(token);
      answersOf(connection).refused.push({ frame, refusal });
    }
    for (const [connection, own] of answers) connection.settle(own);
    for (const connection of this.#connections) connection.resume();
  }

  verify(request: number, envelope: Uint8Array): void {
    try {
      const writer = new ArrivalsWriter(1);
      writer.add(0, verifyEnvelope(envelope, this.#verdicts, this.#crypto));
      const buffer = writer.take();
      post({ kind: 'verified', request, buffer }, [buffer]);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      post({ kind: 'unverified', request, problem: encodeProblem(error) });
    }
  }

  /** Answers with a row for each envelope whose signatures fit, its place as the token. */
  verifyAll(request: number, envelopes: readonly Uint8Array[]): void {
    const writer = new ArrivalsWriter(envelopes.length);
    for (const [place, envelope] of envelopes.entries()) {
      try {
        const verified = verifyEnvelope(envelope, this.#verdicts, this.#crypto);
        // Who asked has the bytes.
        writer.add(place, { ...verified, envelope: NOTHING });
      } catch (error) {
        if (!(error instanceof WardError)) throw error;
      }
    }
    const buffer = writer.take();
    post({ kind: 'verified-all', request, buffer }, [buffer]);
  }

  quiesce(): void {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.quiesce();
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

type MutableAnswers = {
  height: SubmitAnswers['height'];
  committed: SubmitAnswers['committed'][number][];
  refused: SubmitAnswers['refused'][number][];
};

function post(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

function obey(worker: SocketWorker, message: ToWorker): void {
  switch (message.kind) {
    case 'settled':
      worker.settle(Settled.decode(message.bytes));
      break;
    case 'verify':
      worker.verify(message.request, message.envelope);
      break;
    case 'verify-all':
      worker.verifyAll(message.request, unpackEnvelopes(message.buffer));
      break;
    case 'quiesce':
      worker.quiesce();
      post({ kind: 'quiet' });
      break;
    case 'close':
      worker.close();
      post({ kind: 'closed' });
      parentPort!.close();
      break;
  }
}

const worker = new SocketWorker(await loadCrypto());
const addresses = await worker.listen(workerData as WorkerOptions);
parentPort!.on('message', (message: ToWorker) => obey(worker, message));
post({ kind: 'listening', addresses });
