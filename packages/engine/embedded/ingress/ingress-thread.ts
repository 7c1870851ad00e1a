import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { VerifiedTransaction } from '@ward/ledger';
import { parseProblem, type WardError, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import type { CommittedPlace, Submitter } from '../waiting-list.ts';
import { readArrivals } from './arrivals.ts';
import { packEnvelopes } from './envelope-batch.ts';
import type { IngressEvents, Verdict } from './ingress.ts';
import { encodeRefusal } from './submit-answers.ts';
import {
  type FromWorker,
  Settled,
  type ToWorker,
  WORKER_LIMITS,
  type WorkerAddresses,
  type WorkerOptions,
} from './worker-messages.ts';

interface Verification<T> {
  readonly resolve: (verified: T) => void;
  readonly reject: (error: WardError) => void;
}

/** Envelopes that are verified together. */
interface BatchVerification extends Verification<Verdict> {
  readonly envelopes: readonly Uint8Array[];
}

/** The engine's side of one worker: takes its transactions in, tells it what became of them. */
export class IngressThread implements Submitter {
  readonly #worker: Worker;
  readonly #events: IngressEvents;
  readonly #verifications = new Map<number, Verification<VerifiedTransaction>>();
  readonly #batches = new Map<number, BatchVerification>();
  #lastRequest = 0;
  #height = 0;
  #committed: Settled['committed'][number][] = [];
  #refused: Settled['refused'][number][] = [];
  addresses: WorkerAddresses = {};

  constructor(options: WorkerOptions, events: IngressEvents) {
    this.#events = events;
    this.#worker = new Worker(new URL('./socket-worker.ts', import.meta.url), {
      workerData: options,
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#refuseVerifications();
      events.failed(error as Error);
    });
  }

  /** @throws what kept the worker from listening, as Node names it. */
  async listening(): Promise<void> {
    await once(this.#worker, 'message');
  }

  #send(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'listening':
        this.addresses = message.addresses;
        break;
      case 'arrivals': {
        const arrivals = readArrivals(message.buffer);
        this.#events.admit(arrivals.map((arrival) => ({ ...arrival, submitter: this })));
        break;
      }
      case 'verified': {
        const [arrival] = readArrivals(message.buffer);
        this.#takeVerification(message.request).resolve(arrival!.transaction);
        break;
      }
      case 'verified-all':
        this.#resolveBatch(message.request, message.buffer);
        break;
      case 'unverified': {
        const error = parseProblem(message.problem, word('submit-transaction'));
        this.#takeVerification(message.request).reject(error);
        break;
      }
    }
  }

  #takeVerification(request: number): Verification<VerifiedTransaction> {
    const verification = this.#verifications.get(request)!;
    this.#verifications.delete(request);
    return verification;
  }

  /** Has the worker verify an envelope that did not come through its sockets. */
  verify(envelope: Uint8Array): Promise<VerifiedTransaction> {
    return new Promise((resolve, reject) => {
      const waiting = this.#verifications.size;
      if (waiting >= WORKER_LIMITS.verifyMax) throw refuse('ENGINE_BUSY', { waiting });
      const request = ++this.#lastRequest;
      this.#verifications.set(request, { resolve, reject });
      this.#send({ kind: 'verify', request, envelope });
    });
  }

  /** Has the worker verify envelopes that came together; null where a signature does not fit. */
  verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      const request = ++this.#lastRequest;
      this.#batches.set(request, { envelopes, resolve, reject });
      const buffer = packEnvelopes(envelopes);
      this.#send({ kind: 'verify-all', request, buffer }, [buffer]);
    });
  }

  #resolveBatch(request: number, buffer: ArrayBuffer): void {
    const { envelopes, resolve } = this.#batches.get(request)!;
    this.#batches.delete(request);
    const verdict: (VerifiedTransaction | null)[] = envelopes.map(() => null);
    for (const { token, transaction } of readArrivals(buffer)) {
      verdict[token] = { ...transaction, envelope: envelopes[token]! };
    }
    resolve(verdict);
  }

  #refuseVerifications(): void {
    const waiting = [...this.#verifications.values(), ...this.#batches.values()];
    for (const { reject } of waiting) reject(refuse('ENGINE_STOPPED'));
    this.#verifications.clear();
    this.#batches.clear();
  }

  committed(token: number, { height, index, result }: CommittedPlace): void {
    if (height !== this.#height) this.settled();
    this.#height = height;
    this.#committed.push({ token, index, refusal: result.code === 0 ? null : result.data });
  }

  refused(token: number, error: WardError): void {
    this.#refused.push({ token, refusal: encodeRefusal(error) });
  }

  settled(): void {
    const committed = this.#committed.splice(0);
    const refused = this.#refused.splice(0);
    if (committed.length + refused.length === 0) return;
    const bytes = Settled.encode({ height: this.#height, committed, refused });
    this.#send({ kind: 'settled', bytes });
  }

  /** Closes the doors; what was taken is still answered. */
  async quiesce(): Promise<void> {
    await this.#ask({ kind: 'quiesce' }, 'quiet');
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' }, 'closed');
    this.#refuseVerifications();
    await this.#worker.terminate();
  }

  async #ask(message: ToWorker, answer: FromWorker['kind']): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      const listener = ({ kind }: FromWorker) => {
        if (kind !== answer) return;
        this.#worker.off('message', listener);
        resolve();
      };
      this.#worker.on('message', listener);
      // A worker that died answers nothing more.
      this.#worker.once('exit', () => resolve());
    });
    this.#send(message);
    await answered;
  }
}
