import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { VerifiedTransaction } from '@ward/ledger';
import { parseProblem, type WardError, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import type { CommittedPlace, Submitter } from '../waiting-list.ts';
import { readArrivals } from './arrivals.ts';
import type { IngressEvents } from './ingress.ts';
import { encodeRefusal } from './submit-answers.ts';
import {
  type FromWorker,
  Settled,
  type ToWorker,
  WORKER_LIMITS,
  type WorkerAddresses,
  type WorkerOptions,
} from './worker-messages.ts';

interface Verification {
  readonly resolve: (transaction: VerifiedTransaction) => void;
  readonly reject: (error: WardError) => void;
}

/** The engine's side of one worker: takes its transactions in, tells it what became of them. */
export class IngressThread implements Submitter {
  readonly #worker: Worker;
  readonly #events: IngressEvents;
  readonly #verifications = new Map<number, Verification>();
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

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
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
      case 'unverified': {
        const error = parseProblem(message.problem, word('submit-transaction'));
        this.#takeVerification(message.request).reject(error);
        break;
      }
    }
  }

  #takeVerification(request: number): Verification {
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

  #refuseVerifications(): void {
    for (const { reject } of this.#verifications.values()) reject(refuse('ENGINE_STOPPED'));
    this.#verifications.clear();
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
