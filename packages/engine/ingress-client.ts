import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Outcome } from '@ward/ledger/schema';
import { type Height, uint32Bytes } from '@ward/protocol';
import { FrameReader } from './embedded/ingress/frames.ts';
import { SubmitAnswers } from './embedded/ingress/submit-answers.ts';
import { refuse } from './errors.ts';

/** Where a node takes frames: a Unix socket, or host and port. */
export type IngressAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

/** What became of a transaction that went over a socket. */
export interface SubmitResult {
  /** Block that took it; undefined where none did. */
  readonly height: Height | undefined;
  /** Why it, or one of its messages, was refused; undefined where all applied. */
  readonly refusal: Extract<Outcome['verdict'], { kind: 'refused' }> | undefined;
}

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

interface Waiting {
  readonly resolve: (result: SubmitResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The client's side of a node's socket: envelopes go out as frames, answers come in any order.
 *
 * @example
 * const client = await IngressClient.connect({ path: '/var/lib/ward/ingress/0.sock' });
 * const { height, refusal } = await client.submit(envelope);
 */
export class IngressClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader(ANSWER_BYTES_MAX);
  readonly #waiting = new Map<number, Waiting>();
  #frames = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#refuseAll());
  }

  /** @throws as Node does when nobody listens. */
  static async connect(address: IngressAddress): Promise<IngressClient> {
    const socket = connect({ ...address, noDelay: true });
    await once(socket, 'connect');
    return new IngressClient(socket);
  }

  /** Frames that are not answered. */
  get open(): number {
    return this.#waiting.size;
  }

  /**
   * @returns What became of it, once the block that took it is durable.
   * @throws WardError `ENGINE_STOPPED` when the connection ends before.
   */
  submit(envelope: Uint8Array): Promise<SubmitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(this.#frames++, { resolve, reject });
      this.#socket.cork();
      this.#socket.write(uint32Bytes(envelope.length));
      this.#socket.write(envelope);
      process.nextTick(() => this.#socket.uncork());
      if (this.#socket.destroyed) this.#refuseAll();
    });
  }

  #receive(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
      const { height, committed, refused } = SubmitAnswers.decode(frame);
      for (const { frame: number, refusal } of committed) this.#settle(number, height, refusal);
      for (const { frame: number, refusal } of refused) this.#settle(number, undefined, refusal);
    }
  }

  #settle(frame: number, height: Height | undefined, refusal: Uint8Array | null): void {
    const waiting = this.#waiting.get(frame);
    if (waiting === undefined) return;
    this.#waiting.delete(frame);
    const verdict = refusal === null ? undefined : Outcome.decode(refusal).verdict;
    waiting.resolve({ height, refusal: verdict?.kind === 'refused' ? verdict : undefined });
  }

  #refuseAll(): void {
    for (const { reject } of this.#waiting.values()) reject(refuse('ENGINE_STOPPED'));
    this.#waiting.clear();
  }

  /** Breaks the connection: what became of open frames is not known. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Sends nothing more, and waits for the answers that are due. */
  async end(): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.end();
    await once(this.#socket, 'close');
  }
}
