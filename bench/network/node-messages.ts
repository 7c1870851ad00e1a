import type { CometbftHomeOptions } from '@ward/engine';
import type { ConsensusRules } from '@ward/ledger/schema';

/** What a bench's network has of its own. */
export interface NetworkShape {
  readonly consensus?: Partial<ConsensusRules>;
  readonly home?: Pick<CometbftHomeOptions, 'retainedBlocks' | 'idleBlockMs'>;
  /** Whether blocks follow each other without a pause, as many as the machine makes. */
  readonly isHasty?: boolean;
}

/** What the bench and the processes of its nodes tell each other. */
export interface NodeOrders {
  readonly folder: string;
  readonly startedMs: number;
  /** Where each node of the network is for the others; as many as there are validators. */
  readonly addresses: readonly string[];
  /** Which of them this one is. */
  readonly index: number;
  readonly shape: NetworkShape;
}

export type ToNode =
  | { readonly kind: 'open'; readonly orders: NodeOrders }
  | { readonly kind: 'usage' }
  | { readonly kind: 'stop' };

export type FromNode =
  | { readonly kind: 'open'; readonly path: string; readonly enginePid: number }
  | { readonly kind: 'usage'; readonly usage: NodeUsage }
  | { readonly kind: 'stopped' };

/** What a node has used since it began. */
export interface NodeUsage {
  /** CPU of the thread that executes, of all of Ward's own, and of CometBFT, in microseconds. */
  readonly mainUs: number;
  readonly totalUs: number;
  readonly engineUs: number;
  readonly residentBytes: number;
  readonly engineResidentBytes: number;
  readonly height: number;
  /** Height of the oldest block that the ledger keeps. */
  readonly oldest: number;
  readonly keys: number;
  readonly logBytes: number;
  /** Bytes of all files: the ledger's, its headers, CometBFT's. */
  readonly diskBytes: number;
  /** Those of them that CometBFT's write-ahead log takes. */
  readonly walBytes: number;
  /** Those of them that are the ledger's log, in parts that are dropped as a whole. */
  readonly ledgerBytes: number;
  /** How old the newest block's time was at worst since the last look, in milliseconds. */
  readonly staleMs: number;
}
