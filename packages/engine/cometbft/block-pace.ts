/** How long the transactions of a block may take a node, to be executed and to be made last. */
export const BLOCK_PACE = {
  minMs: 100,
  maxMs: 400,
  /** Part of the time from one block to the next that they may take. */
  intervalPart: 1 / 2,
} as const;
/** So much is proposed however slow the node is, and before it knows. */
const BYTES_MIN = 64 * 1024;
/** Shorter blocks say nothing: most of their time is not their transactions'. */
const TELLING_BYTES = 16 * 1024;
/** Part of a new measurement in what is believed. */
const NEW_PART = 0.25;

/**
 * How much a node proposes at once: what it has been seen to execute in a moment. A longer block
 * moves no more a second, and all that comes meanwhile waits behind it, whoever filled it; but
 * where blocks are rare, as when a validator is away, each has to take more.
 */
export class BlockPace {
  readonly #nowMs: () => number;
  #beganMs: number | undefined;
  #intervalMs = 0;
  #bytes = 0;
  #bytesPerMs: number | undefined;

  /** @param nowMs Of a clock that never goes back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** A block of so many bytes begins to be executed. */
  begin(bytes: number): void {
    const now = this.#nowMs();
    const interval = now - (this.#beganMs ?? now);
    this.#intervalMs += (interval - this.#intervalMs) * NEW_PART;
    this.#beganMs = now;
    this.#bytes = bytes;
  }

  /** The block that was begun is durable. */
  end(): void {
    if (this.#bytes < TELLING_BYTES) return;
    const measured = this.#bytes / Math.max(1, this.#nowMs() - this.#beganMs!);
    const before = this.#bytesPerMs ?? measured;
    this.#bytesPerMs = before + (measured - before) * NEW_PART;
  }

  /** Bytes of a block to propose. */
  get bytesMax(): number {
    const { minMs, maxMs, intervalPart } = BLOCK_PACE;
    const blockMs = Math.min(maxMs, Math.max(minMs, this.#intervalMs * intervalPart));
    return Math.max(BYTES_MIN, Math.floor((this.#bytesPerMs ?? 0) * blockMs));
  }
}
