/** Blocks with transactions begin at least so far apart. */
const PAUSE_MS_MIN = 4;
const PAUSE_MS_MAX = 10;
const MS_PER_TRANSACTION = 0.5;
/** A block of so many is followed at once by an empty one. */
const QUIET_MAX = 8;

/**
 * How long after the beginning of a block with `count` transactions the next one begins, unless
 * enough waits to fill it. An idle engine takes a lone transaction at once; from two a millisecond
 * on they are let gather, because a block costs the machine two milliseconds, whatever it holds: at
 * half of what it can do, blocks every few milliseconds would take as much as their transactions.
 */
export function pauseMs(count: number): number {
  return Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, count * MS_PER_TRANSACTION));
}

/** Few came with this block: it is proved at once by an empty one, before more are waited for. */
export function isQuiet(count: number): boolean {
  return count <= QUIET_MAX;
}
