import { loadCrypto } from '@ward/protocol/crypto';
import { type TimedBlocks, timeLightBlock } from './light-timer.ts';

export type { TimedBlocks } from './light-timer.ts';

declare global {
  /** Set by this script, which runs in a page: milliseconds for one block, the median. */
  var timeInPage: (timed: TimedBlocks) => Promise<number>;
}

globalThis.timeInPage = async (timed) => timeLightBlock(timed, await loadCrypto());
