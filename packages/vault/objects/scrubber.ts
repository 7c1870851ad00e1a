import { WardError, word } from '@ward/protocol';
import { within } from '@ward/protocol/timing';
import { codeWord, type Log, type Metrics } from '@ward/server';
import type { VaultLimits } from '../limits.ts';
import { type ScrubbedStore, type ScrubOptions, type ScrubReport, scrub } from './scrub.ts';

export interface ScrubberOptions {
  readonly store: ScrubbedStore;
  /** Fetches what the vault has missed. */
  readonly fetchMissed: (signal?: AbortSignal) => Promise<number>;
  readonly limits: VaultLimits;
  readonly log: Log;
  readonly metrics: Metrics;
}

const MS_PER_SECOND = 1000;

/**
 * Reads all that a vault stores again and again, slowly: bytes that the disk altered are found
 * while other vaults still have them, and what was missed is fetched.
 */
export class Scrubber {
  readonly #options: ScrubberOptions;
  readonly #stop = new AbortController();
  #last: ScrubReport | undefined;
  #readBytes = 0;
  #mended = 0;
  #fetched = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<unknown> = Promise.resolve();

  constructor(options: ScrubberOptions) {
    this.#options = options;
    const { metrics } = options;
    metrics.counted('vault_scrubbed_bytes_total', () => this.#readBytes);
    metrics.counted('vault_mended_total', () => this.#mended);
    metrics.counted('vault_fetched_total', () => this.#fetched);
    metrics.gauge('vault_damaged', () => this.#last?.damaged ?? 0);
  }

  /** Begins; the first round as well comes after a while, when the vault has started. */
  start(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#runRound().finally(() => this.start());
    }, this.#options.limits.scrubEverySeconds * MS_PER_SECOND);
    this.#timer.unref();
  }

  async #runRound(): Promise<void> {
    const { log, limits } = this.#options;
    const { signal } = this.#stop;
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
    const pace = async (sizeBytes: number) => {
      this.#readBytes += sizeBytes;
      await within(stopped, (sizeBytes / limits.scrubBytesSecondMax) * MS_PER_SECOND);
    };
    try {
      const { objects, damaged, mended, fetched } = await this.scrub({ pace, signal });
      const told = { objects, damaged, mended, fetched };
      if (damaged > 0) log.error(word('vault-damaged'), told);
      else log.info(word('vault-scrubbed'), told);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      log.warn(word('scrub-postponed'), { code: codeWord(error) });
    }
  }

  /** One round, at once: what was missed is fetched, then everything is read. */
  async scrub(options: ScrubOptions = {}): Promise<ScrubReport> {
    const { store, fetchMissed } = this.#options;
    const fetched = await fetchMissed(options.signal);
    this.#fetched += fetched;
    const report = { ...(await scrub(store, options)), fetched };
    this.#last = report;
    this.#mended += report.mended;
    return report;
  }

  /** Ends behind the object that is being read. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#round;
  }
}
