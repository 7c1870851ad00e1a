import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Crypto, encodeProblem, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { SignatureClient } from '../../signatures/signature-client.ts';
import { LocalSignatures } from '../../signatures/signature-verifier.ts';
import { ARRIVALS_MAX, ArrivalsWriter } from './arrivals.ts';
import { Connection } from './connection.ts';
import { unpackEnvelopes } from './envelope-batch.ts';
import {
  type EnvelopeVerdict,
  EnvelopeVerifier,
  type ParsedEnvelope,
} from './envelope-verifier.ts';
import { Gathering } from './gathering.ts';
import { encodeRefusal, type SubmitAnswers } from './submit-answers.ts';
import { Tokens } from './tokens.ts';
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
/** Where batches cost less: containers, which wait for 100 ms, are hardly later for it. */
const GATHER_MS = 40;
/** Bytes of envelopes after which they are verified, however few they are. */
const VERIFIED_BYTES_ENOUGH = 1024 * 1024;

/** One thread of the doors: it owns sockets, verifies what comes and answers what is settled. */
class SocketWorker {
  readonly #verifier: EnvelopeVerifier;
  readonly #tokens = new Tokens();
  /** Envelopes that have come and are not verified, and the tokens that they have. */
  #unverified: Unverified[] = [];
  #unverifiedBytes = 0;
  readonly #gathering: Gathering;
  /** Until all that was verified is with the engine. */
  #handedOver: Promise<void> = Promise.resolve();
  readonly #arrivals = new ArrivalsWriter();
  readonly #connections = new Set<Connection>();
  readonly #servers: Server[] = [];

  constructor(verifier: EnvelopeVerifier, gatherMs: number) {
    this.#verifier = verifier;
    this.#gathering = new Gathering({
      pauseMs: gatherMs,
      read: () => this.#resume(),
      take: () => this.#verifyTaken(),
    });
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
        hasRoom: () => this.#tokens.hasRoom && !this.#gathering.isPaused,
        take: (envelope, frame, connection) => {
          const parsed = this.#verifier.parse(envelope);
          this.#unverified.push({ ...parsed, token: this.#tokens.give({ connection, frame }) });
          this.#unverifiedBytes += envelope.length;
          if (this.#isEnough) this.#verifyTaken();
        },
        taken: () => {
          if (this.#unverified.length > 0) this.#gathering.add();
        },
        closed: (connection) => this.#connections.delete(connection),
      }),
    );
  }

  get #isEnough(): boolean {
    return (
      this.#unverified.length >= ARRIVALS_MAX || this.#unverifiedBytes >= VERIFIED_BYTES_ENOUGH
    );
  }

  /** Verifies what has come, while more comes; it is handed over in the order of its coming. */
  #verifyTaken(): void {
    this.#gathering.begin();
    if (this.#unverified.length === 0) return;
    const taken = this.#unverified;
    this.#unverified = [];
    this.#unverifiedBytes = 0;
    const verdict = this.#verifier.verify(taken);
    this.#handedOver = this.#handedOver.then(async () => this.#handOverAll(taken, await verdict));
  }

  #handOverAll(taken: readonly Unverified[], verdict: EnvelopeVerdict): void {
    const refused: { token: number; refusal: Uint8Array }[] = [];
    for (const [place, { token }] of taken.entries()) {
      const verified = verdict[place]!;
      if (verified instanceof WardError) refused.push({ token, refusal: encodeRefusal(verified) });
      else this.#arrivals.add(token, verified);
      if (this.#arrivals.isFull) this.#handOver();
    }
    this.#handOver();
    if (refused.length > 0) this.settle({ height: 0, committed: [], refused });
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
    this.#resume();
  }

  #resume(): void {
    for (const connection of this.#connections) connection.resume();
  }

  async verify(request: number, envelope: Uint8Array): Promise<void> {
    try {
      const [verified] = await this.#verifier.verify([this.#verifier.parse(envelope)]);
      if (verified instanceof WardError) throw verified;
      const writer = new ArrivalsWriter(1);
      writer.add(0, verified!);
      const buffer = writer.take();
      post({ kind: 'verified', request, buffer }, [buffer]);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      post({ kind: 'unverified', request, problem: encodeProblem(error) });
    }
  }

  /** Answers with a row for each envelope whose signatures fit, its place as the token. */
  async verifyAll(request: number, envelopes: readonly Uint8Array[]): Promise<void> {
    const writer = new ArrivalsWriter(envelopes.length);
    for (const [place, verified] of (await this.#verifier.verifyAll(envelopes)).entries()) {
      // Who asked has the bytes.
      if (verified !== null) writer.add(place, { ...verified, envelope: NOTHING });
    }
    const buffer = writer.take();
    post({ kind: 'verified-all', request, buffer }, [buffer]);
  }

  async quiesce(): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.quiesce();
    this.#verifyTaken();
    await this.#handedOver;
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

interface Unverified extends ParsedEnvelope {
  readonly token: number;
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
      worker.quiesce().then(() => post({ kind: 'quiet' }));
      break;
    case 'close':
      worker.close();
      post({ kind: 'closed' });
      parentPort!.close();
      break;
  }
}

function verifierOf({ signaturesPath }: WorkerOptions, crypto: Crypto): EnvelopeVerifier {
  const local = new LocalSignatures(crypto);
  const signatures =
    signaturesPath === undefined ? local : new SignatureClient(signaturesPath, local);
  return new EnvelopeVerifier(signatures, crypto);
}

const options = workerData as WorkerOptions;
const gatherMs = options.signaturesPath === undefined ? 0 : GATHER_MS;
const worker = new SocketWorker(verifierOf(options, await loadCrypto()), gatherMs);
const addresses = await worker.listen(options);
parentPort!.on('message', (message: ToWorker) => obey(worker, message));
post({ kind: 'listening', addresses });
