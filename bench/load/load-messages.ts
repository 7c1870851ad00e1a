/** What the processes of a bench tell each other. */
export interface LedgerOrders {
  readonly home: string;
  readonly startedMs: number;
  /** Slots that stand on the ledger before the load comes. */
  readonly keys: number;
}

export type ToLedger =
  | { readonly kind: 'open'; readonly orders: LedgerOrders }
  | { readonly kind: 'usage' }
  | { readonly kind: 'stop' };

export type FromLedger =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'usage'; readonly usage: LedgerUsage }
  | { readonly kind: 'stopped' };

/** What the ledger's process has used since it began. */
export interface LedgerUsage {
  /** CPU of the thread that orders and executes, and of all threads, in microseconds. */
  readonly mainUs: number;
  readonly totalUs: number;
  readonly height: number;
  readonly keys: number;
  readonly residentBytes: number;
  readonly logBytes: number;
}

export interface ClientOrders {
  readonly paths: readonly string[];
  readonly startedMs: number;
  /** Of the network that it is for. */
  readonly validators: number;
  /** Number of the first transaction, and how many to sign. */
  readonly first: number;
  readonly count: number;
  readonly messages: number;
  /** Slots of each message; one unless told. */
  readonly slotsPerMessage?: number;
  /** Which member of the ledger sends them; see `TransactionShape`. */
  readonly member?: number;
}

export interface LoadOrders {
  readonly seconds: number;
  /** Transactions on their way at one time, over all sockets. */
  readonly window: number;
  /** Transactions a second; null: as fast as they are answered. */
  readonly perSecond: number | null;
  /** Goes on until all that is signed was sent and answered. */
  readonly isAll?: boolean;
}

export type ToClient =
  | { readonly kind: 'sign'; readonly orders: ClientOrders }
  | { readonly kind: 'load'; readonly orders: LoadOrders }
  | { readonly kind: 'stop' };

export type FromClient =
  | { readonly kind: 'signed' }
  | { readonly kind: 'loaded'; readonly result: LoadResult };

export interface LoadResult {
  /** Transactions that were answered within the measured time, and the time. */
  readonly count: number;
  readonly seconds: number;
  /** All that were answered, before and after too. */
  readonly total: number;
  readonly refused: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
}
