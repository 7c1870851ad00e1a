import { connect, type Socket } from 'node:net';
import type { SignatureVerifier, SignedMessage } from './signature-verifier.ts';

// A request is its length, then for each signature the key, the signature, the length of the
// message and the message; its answer is a byte for each signature. See `process/main.go`.
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LENGTH_BYTES = 4;
const FITS = 1;

/** Fewer than this are verified here: to ask would cost more. */
const BATCH_MIN = 4;
/** A process that says nothing for so long is not waited for. */
const ANSWER_MS_MAX = 2000;
/** How long one that failed is left alone: at first, and at most. */
const PAUSE_MS = { first: 250, max: 30_000 };

interface Request {
  readonly signed: readonly SignedMessage[];
  readonly verdict: boolean[];
  readonly resolve: (verdict: Promise<readonly boolean[]> | readonly boolean[]) => void;
}

/** The bytes of a request. */
export function encodeSignatureRequest(signed: readonly SignedMessage[]): Uint8Array {
  const ownBytes = KEY_BYTES + SIGNATURE_BYTES + LENGTH_BYTES;
  const size = signed.reduce((sum, { message }) => sum + ownBytes + message.length, 0);
  const bytes = new Uint8Array(LENGTH_BYTES + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size, true);
  let at = LENGTH_BYTES;
  for (const { publicKey, signature, message } of signed) {
    bytes.set(publicKey, at);
    bytes.set(signature, at + KEY_BYTES);
    view.setUint32(at + KEY_BYTES + SIGNATURE_BYTES, message.length, true);
    bytes.set(message, at + ownBytes);
    at += ownBytes + message.length;
  }
  return bytes;
}

/**
 * Has a process verify signatures, many at once. Whatever it does not answer is verified here, by
 * another verifier with the same rule: it can end, hang or be missing, and only speed is lost.
 */
export class SignatureClient implements SignatureVerifier {
  readonly #path: string;
  readonly #instead: SignatureVerifier;
  readonly #nowMs: () => number;
  readonly #waiting: Request[] = [];
  #socket: Socket | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #pauseMs: number = PAUSE_MS.first;
  #pausedUntilMs = 0;
  #isClosed = false;

  /**
   * @param path Unix socket of the process.
   * @param instead Verifies what the process does not.
   * @param nowMs Of a clock that never goes back.
   */
  constructor(path: string, instead: SignatureVerifier, nowMs = () => performance.now()) {
    this.#path = path;
    this.#instead = instead;
    this.#nowMs = nowMs;
  }

  verify(signed: readonly SignedMessage[]): Promise<readonly boolean[]> {
    if (signed.length < BATCH_MIN || this.#isClosed) return this.#instead.verify(signed);
    const socket = this.#socket ?? this.#connect();
    if (socket === undefined) return this.#instead.verify(signed);
    return new Promise((resolve) => {
      this.#waiting.push({ signed, verdict: [], resolve });
      if (this.#waiting.length === 1) this.#awaitAnswer();
      socket.write(encodeSignatureRequest(signed));
    });
  }

  #connect(): Socket | undefined {
    if (this.#nowMs() < this.#pausedUntilMs) return undefined;
    const socket = connect(this.#path);
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lose());
    return socket;
  }

  #receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const request = this.#waiting[0];
      if (request === undefined) {
        this.#socket?.destroy();
        return;
      }
      const { signed, verdict, resolve } = request;
      while (verdict.length < signed.length && at < bytes.length) {
        verdict.push(bytes[at++] === FITS);
      }
      if (verdict.length < signed.length) return;
      this.#waiting.shift();
      resolve(verdict);
    }
    this.#pauseMs = PAUSE_MS.first;
    this.#awaitAnswer();
  }

  /** The time runs from now on for the request that is the first in line. */
  #awaitAnswer(): void {
    clearTimeout(this.#deadline);
    if (this.#waiting.length === 0) return;
    this.#deadline = setTimeout(() => this.#socket?.destroy(), ANSWER_MS_MAX);
  }

  /** The process is gone: what it owed is verified here, and for a while it is not asked again. */
  #lose(): void {
    this.#socket = undefined;
    clearTimeout(this.#deadline);
    this.#pausedUntilMs = this.#nowMs() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS.max);
    for (const { signed, resolve } of this.#waiting.splice(0)) {
      resolve(this.#instead.verify(signed));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }
}
