import type { Socket } from 'node:net';
import { WardError } from '@ward/protocol';
import { encodeFrame, FrameReader } from './frames.ts';
import { encodeRefusal, SubmitAnswers } from './submit-answers.ts';
import { WORKER_LIMITS } from './worker-messages.ts';

export interface ConnectionEvents {
  /**
   * Takes one envelope; `settle` tells later what became of it.
   *
   * @throws WardError why it is not taken.
   */
  take(envelope: Uint8Array, frame: number, connection: Connection): void;
  /** The worker as a whole takes one more now. */
  hasRoom(): boolean;
  /** All that came with one piece of the stream was taken. */
  taken(): void;
  closed(connection: Connection): void;
}

/** One client's socket: frames in, batches of answers out, and its share of the room. */
export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader();
  #frames = 0;
  /** Frames that were taken and are not answered. */
  #open = 0;
  #refused: SubmitAnswers['refused'][number][] = [];
  #partialSinceMs: number | undefined;
  /** False: the stream is broken, or the worker is closing; what comes is not looked at. */
  #isReading = true;
  /** The client has said that it sends no more. */
  #hasEnded = false;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      this.resume();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.resume();
    });
    socket.on('drain', () => this.resume());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => events.closed(this));
  }

  /** Takes what has come, as far as there is room. */
  resume(): void {
    let isDrained = !this.#isReading;
    while (!isDrained && this.#hasRoom()) isDrained = !this.#takeNext();
    this.#answer({ height: 0, committed: [], refused: this.#refused.splice(0) });
    this.#events.taken();
    if (this.#hasRoom()) this.#socket.resume();
    else this.#socket.pause();
    const isPartial = this.#isReading && this.#reader.isPartial;
    this.#partialSinceMs = isPartial ? (this.#partialSinceMs ?? performance.now()) : undefined;
    const isLast = !this.#isReading || (this.#hasEnded && isDrained);
    if (isLast && this.#open === 0) this.#socket.end();
  }

  #hasRoom(): boolean {
    return (
      this.#open < WORKER_LIMITS.connectionTokensMax &&
      this.#socket.writableLength < WORKER_LIMITS.unreadBytesMax &&
      this.#events.hasRoom()
    );
  }

  /** @returns Whether there was a whole frame. */
  #takeNext(): boolean {
    const frame = this.#frames;
    try {
      const envelope = this.#reader.next();
      if (envelope === undefined) return false;
      this.#frames++;
      this.#partialSinceMs = undefined;
      this.#events.take(envelope, frame, this);
      this.#open++;
      return true;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      this.#refused.push({ frame, refusal: encodeRefusal(error) });
      if (this.#frames > frame) return true;
      // Nobody knows where the next frame begins.
      this.#isReading = false;
      return false;
    }
  }

  /** Tells what became of frames that were taken. */
  settle(answers: SubmitAnswers): void {
    this.#open -= answers.committed.length + answers.refused.length;
    this.#answer(answers);
  }

  #answer(answers: SubmitAnswers): void {
    if (answers.committed.length + answers.refused.length === 0 || this.#socket.destroyed) return;
    this.#socket.write(encodeFrame(SubmitAnswers.encode(answers)));
    if (this.#socket.writableLength > WORKER_LIMITS.unreadBytesDropped) this.#socket.destroy();
  }

  /** Takes no more frames; the stream ends once those that were taken are answered. */
  quiesce(): void {
    this.#isReading = false;
    this.resume();
  }

  /** Drops a client whose frame does not come to its end. */
  dropIfStalled(nowMs: number): void {
    const sinceMs = this.#partialSinceMs;
    if (sinceMs !== undefined && nowMs - sinceMs > WORKER_LIMITS.frameMsMax) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
