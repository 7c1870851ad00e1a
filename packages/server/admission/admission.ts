import { refuseProtocol } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { ServerLimits } from '../limits.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Decides at the door whether there is room for one more request. */
export class Admission {
  readonly #limits: ServerLimits;
  readonly #buckets: TokenBuckets;
  readonly #streams = new Map<string, number>();
  #streamCount = 0;
  #requests = 0;
  #isStopping = false;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
    this.#buckets = new TokenBuckets({
      capacity: limits.sourceBurst,
      perSecond: limits.sourcePerSecond,
      keysMax: limits.sourcesMax,
    });
  }

  get requests(): number {
    return this.#requests;
  }

  get streams(): number {
    return this.#streamCount;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /**
   * Lets a request in; {@link leave} must follow.
   *
   * @throws WardError `SERVER_STOPPING`, `SERVER_BUSY`, `SOURCE_LIMITED`.
   */
  enter(source: string): void {
    if (this.#isStopping) throw refuse('SERVER_STOPPING');
    if (this.#requests >= this.#limits.requestsMax)
      throw refuseProtocol('SERVER_BUSY', { retrySeconds: 1 });
    // Monotonic: the clock of the process may be moved.
    const waitSeconds = this.#buckets.spend(source, 1, performance.now());
    if (waitSeconds > 0) {
      throw refuse('SOURCE_LIMITED', { retrySeconds: Math.max(1, Math.ceil(waitSeconds)) });
    }
    this.#requests++;
  }

  leave(): void {
    this.#requests--;
  }

  /**
   * Lets an event stream stay open; {@link leaveStream} must follow.
   *
   * @throws WardError `SERVER_BUSY`, `SOURCE_LIMITED`.
   */
  enterStream(source: string): void {
    const own = this.#streams.get(source) ?? 0;
    const retrySeconds = 10;
    if (own >= this.#limits.streamsPerSourceMax) throw refuse('SOURCE_LIMITED', { retrySeconds });
    if (this.#streamCount >= this.#limits.streamsMax)
      throw refuseProtocol('SERVER_BUSY', { retrySeconds });
    this.#streams.set(source, own + 1);
    this.#streamCount++;
  }

  leaveStream(source: string): void {
    const own = this.#streams.get(source) ?? 1;
    if (own <= 1) this.#streams.delete(source);
    else this.#streams.set(source, own - 1);
    this.#streamCount--;
  }
}
