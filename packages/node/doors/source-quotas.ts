import { TokenBuckets } from '@ward/server';
import { refuse } from '../errors.ts';
import type { NodeLimits } from '../limits.ts';

type QuotaLimits = Pick<
  NodeLimits,
  'carriedBurst' | 'carriedPerSecond' | 'provedBurst' | 'provedPerSecond' | 'quotaKeysMax'
>;

/** What one source may ask of a node: the server counts requests, this counts their work. */
export class SourceQuotas {
  readonly #carried: TokenBuckets;
  readonly #proved: TokenBuckets;

  constructor({ quotaKeysMax: keysMax, ...limits }: QuotaLimits) {
    const { carriedBurst, carriedPerSecond, provedBurst, provedPerSecond } = limits;
    this.#carried = new TokenBuckets({
      ...{ capacity: carriedBurst, perSecond: carriedPerSecond, keysMax },
    });
    this.#proved = new TokenBuckets({
      ...{ capacity: provedBurst, perSecond: provedPerSecond, keysMax },
    });
  }

  /** @throws WardError `CARRIER_LIMITED`. */
  spendCarried(source: string): void {
    const retrySeconds = spend(this.#carried, source, 1);
    if (retrySeconds > 0) throw refuse('CARRIER_LIMITED', { retrySeconds });
  }

  /** @throws WardError `PROOFS_LIMITED`. */
  spendProved(source: string, keys: number): void {
    const retrySeconds = spend(this.#proved, source, keys);
    if (retrySeconds > 0) throw refuse('PROOFS_LIMITED', { retrySeconds });
  }
}

const SECONDS_MAX = 3600;

/** @returns 0, or whole seconds to wait. Monotonic: the clock of the process may be moved. */
function spend(buckets: TokenBuckets, key: string, tokens: number): number {
  const waitSeconds = buckets.spend(key, tokens, performance.now());
  return waitSeconds === 0 ? 0 : Math.min(SECONDS_MAX, Math.max(1, Math.ceil(waitSeconds)));
}
