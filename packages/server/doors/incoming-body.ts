import type { Readable } from 'node:stream';
import { collectBody } from '@ward/protocol';
import type { ByteBudget } from '../admission/byte-budget.ts';
import { refuse } from '../errors.ts';
import type { ServerLimits } from '../limits.ts';

export interface IncomingBodyOptions {
  readonly bytesMax: number;
  /** What the sender says of the length; undefined where it says nothing. */
  readonly announcedBytes: number | undefined;
  readonly limits: Pick<ServerLimits, 'bodyIdleMsMax' | 'bodyGraceMs' | 'bodyBytesPerSecondMin'>;
  readonly budget: ByteBudget;
}

/**
 * The body of a request as it comes: never more than its limit, never slower than a person's worst
 * connection. It is read once.
 */
export class IncomingBody implements AsyncIterable<Uint8Array> {
  readonly #stream: Readable;
  readonly #options: IncomingBodyOptions;
  #held = 0;

  /** @throws WardError `BODY_TOO_LARGE` where the sender announces too much. */
  constructor(stream: Readable, options: IncomingBodyOptions) {
    this.#stream = stream;
    this.#options = options;
    const { announcedBytes = 0, bytesMax } = options;
    if (announcedBytes > bytesMax) throw refuse('BODY_TOO_LARGE', { max: bytesMax });
  }

  /** What the sender announced; undefined for a body of unknown length. */
  get announcedBytes(): number | undefined {
    return this.#options.announcedBytes;
  }

  /** @throws WardError `BODY_TOO_LARGE`, `BODY_INCOMPLETE`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { bytesMax, limits } = this.#options;
    const startMs = performance.now();
    let length = 0;
    for await (const chunk of this.#chunks()) {
      length += chunk.length;
      if (length > bytesMax) throw refuse('BODY_TOO_LARGE', { max: bytesMax });
      if (isSlow(length, performance.now() - startMs, limits)) throw refuse('BODY_INCOMPLETE');
      // Plain bytes: a Buffer is another class, whose `slice` does not copy.
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  }

  /** What comes from the network; a connection that breaks or is silent ends it. */
  async *#chunks(): AsyncGenerator<Buffer> {
    const iterator = this.#stream[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#waitFor(iterator);
      if (next.done) return;
      yield next.value as Buffer;
    }
  }

  /** Counts the sender's silence only: how long a chunk takes to be used is not his affair. */
  #waitFor(iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(refuse('BODY_INCOMPLETE'));
      const timer = setTimeout(giveUp, this.#options.limits.bodyIdleMsMax);
      iterator
        .next()
        .then(resolve, giveUp)
        .finally(() => clearTimeout(timer));
    });
  }

  /**
   * The whole body in memory, which counts against the budget until {@link release}.
   *
   * @throws WardError `BODY_TOO_LARGE`, `BODY_INCOMPLETE`, `SERVER_BUSY`.
   */
  async collect(): Promise<Uint8Array> {
    const bytes = await collectBody(this.#counted(), this.#options.bytesMax);
    if (bytes === undefined) throw refuse('BODY_TOO_LARGE', { max: this.#options.bytesMax });
    return bytes;
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this) {
      this.#options.budget.take(chunk.length);
      this.#held += chunk.length;
      yield chunk;
    }
  }

  /** Gives back what {@link collect} took from the budget: the request is answered. */
  release(): void {
    this.#options.budget.give(this.#held);
    this.#held = 0;
  }
}

function isSlow(
  length: number,
  ageMs: number,
  { bodyGraceMs, bodyBytesPerSecondMin }: IncomingBodyOptions['limits'],
): boolean {
  return ageMs > bodyGraceMs && length < (ageMs / 1000) * bodyBytesPerSecondMin;
}
