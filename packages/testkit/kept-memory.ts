import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * How much memory a test keeps. What waits to be collected is not kept: with gigabytes free, V8
 * lets hundreds of megabytes of it gather, so the collector runs where a first look is over the
 * bound.
 */
export class KeptMemory {
  readonly #startBytes = usedBytes();
  peakBytes = 0;

  /** @returns Whether no more than `maxBytes` are kept now. */
  isWithin(maxBytes: number): boolean {
    let bytes = usedBytes() - this.#startBytes;
    if (bytes > maxBytes) {
      collectGarbage();
      bytes = usedBytes() - this.#startBytes;
    }
    this.peakBytes = Math.max(this.peakBytes, bytes);
    return bytes <= maxBytes;
  }
}
