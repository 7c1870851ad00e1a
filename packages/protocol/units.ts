declare const flavor: unique symbol;

/**
 * A type that takes plain values of `T` but not another flavour of it: a height cannot stand where
 * a time is asked, an account where a chart is asked.
 */
export type Flavor<T, Name extends string> = T & { readonly [flavor]?: Name };

/** Height of a block, 1 for the first. */
export type Height = Flavor<number, 'height'>;
/** Whole seconds since 1970. */
export type Seconds = Flavor<number, 'seconds'>;

/** 32 bytes of SHA-256. */
export type Digest = Uint8Array;
/** Digest of the first genesis; kept by promotion and upgrades. 32 bytes. */
export type NetworkId = Flavor<Uint8Array, 'network'>;
/** An actor on the ledger: 16 random bytes. An organisation has the id of its first account. */
export type AccountId = Flavor<Uint8Array, 'account'>;
/** H(chart, ck, cold): 32 bytes that nobody without the card can link to anything. */
export type ChartId = Flavor<Uint8Array, 'chart'>;
/** Digest of a transaction's body, 32 bytes. */
export type TransactionId = Flavor<Uint8Array, 'transaction'>;

export const DIGEST_BYTES = 32;
export const ACCOUNT_ID_BYTES = 16;
export const MS_PER_SECOND = 1000;
