import { type BlockTime, MS_PER_SECOND } from '@ward/protocol';

const NANOS_PER_MS = 1_000_000;

function fromMs(timeMs: number): BlockTime {
  const wholeMs = Math.floor(timeMs);
  const seconds = Math.floor(wholeMs / MS_PER_SECOND);
  return { seconds, nanos: (wholeMs - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}

function isLater(a: BlockTime, b: BlockTime): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos);
}

/**
 * Time of the block after one of time `last`: the clock's, or a millisecond after `last` while the
 * clock is behind, because time on the ledger never stands still nor goes back.
 */
export function nextBlockTime(last: BlockTime, clockMs: number): BlockTime {
  const time = fromMs(clockMs);
  if (isLater(time, last)) return time;
  const lastMs = last.seconds * MS_PER_SECOND + Math.floor(last.nanos / NANOS_PER_MS);
  return fromMs(lastMs + 1);
}
