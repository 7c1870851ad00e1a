/** A quota that fills up again with time, for each of many keys. */
export interface TokenBucketOptions {
  /** Tokens of a full bucket: what may be spent at once. */
  readonly capacity: number;
  readonly perSecond: number;
  /** Keys remembered at once; the one not used for longest is forgotten, and full again. */
  readonly keysMax: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * Token buckets by key, in bounded memory. Time is passed in, and may jump back: then nothing
 * fills.
 */
export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  /** In order of use: a Map keeps insertion order, and a used key is put in anew. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Spends tokens.
   *
   * @returns 0 when they were there; else nothing is spent, and these are the seconds until they
   * are, Infinity where they never fit.
   */
  spend(key: string, tokens: number, nowMs: number): number {
    const { capacity, perSecond, keysMax } = this.#options;
    const bucket = this.#buckets.get(key) ?? { tokens: capacity, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.tokens = Math.min(capacity, bucket.tokens + (passedMs / 1000) * perSecond);
    bucket.atMs = nowMs;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > keysMax) {
      this.#buckets.delete(this.#buckets.keys().next().value as string);
    }
    if (bucket.tokens >= tokens) {
      bucket.tokens -= tokens;
      return 0;
    }
    return tokens > capacity ? Number.POSITIVE_INFINITY : (tokens - bucket.tokens) / perSecond;
  }
}
