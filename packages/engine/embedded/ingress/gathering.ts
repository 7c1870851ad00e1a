export interface GatheringOptions {
  /** From one batch to the next, where more comes meanwhile; 0: nothing waits. */
  readonly pauseMs: number;
  /** Reads what came while nothing was read. */
  readonly read: () => void;
  /** Takes the batch. */
  readonly take: () => void;
}

/**
 * When envelopes are verified: a lone one at once, those that come soon after a batch together.
 * Till then sockets are not read: a thread wakes once for all of them, and finds large pieces.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** Whether sockets are left alone for now. */
  get isPaused(): boolean {
    return this.#timer !== undefined;
  }

  /** Something has come. */
  add(): void {
    if (this.#timer !== undefined || this.#immediate !== undefined) return;
    const { pauseMs, take } = this.#options;
    const waitMs = this.#takenMs + pauseMs - performance.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.#collect(), waitMs);
    else take();
  }

  #collect(): void {
    const { read, take } = this.#options;
    this.#timer = undefined;
    // Sockets are read between timers and immediates.
    this.#immediate = setImmediate(take);
    read();
  }

  /** The batch is being taken, also where it became full before its time. */
  begin(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#takenMs = performance.now();
  }
}
