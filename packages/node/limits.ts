import { TRANSACTION_LIMITS } from '@ward/protocol';

/** Bounds of a node; they are its own and no consensus parameters. */
export const NODE_LIMITS = {
  /** How long a slot waits for others to be carried with. */
  carrierWindowMs: 4,
  carriedPerTransactionMax: TRANSACTION_LIMITS.messagesMax,
  /** Slots that wait for a transaction, or for its receipt. */
  carriedWaitingMax: 8192,
  /** Slots that are carried for one source, in a burst and each second in the long run. */
  carriedBurst: 5000,
  carriedPerSecond: 200,
  /** Transactions taken from one organisation through the HTTP door. */
  organisationBurst: 50_000,
  organisationPerSecond: 10_000,
  /** Keys that are proved for one source. */
  provedBurst: 200_000,
  provedPerSecond: 20_000,
  /** Sources and organisations that are remembered for quotas. */
  quotaKeysMax: 20_000,
  /** Bytes of a request to prove keys, and of one to carry a slot. */
  proofRequestBytesMax: 1024 * 1024,
  carryRequestBytesMax: 4096,
  /** Event streams open at once. */
  streamsMax: 1000,
  /** Free bytes of the disk below which the node calls itself not ready. */
  freeBytesMin: 256 * 1024 * 1024,
  /** How far the newest block of a ready node may be ahead of the clock, and behind it. */
  clockBehindSecondsMax: 10,
  blockAgeSecondsMax: 30,
  /** Blocks that a node keeps; 0 keeps all. */
  keptBlocks: 0,
  /** A node with peers makes a snapshot at every height that is a multiple. */
  snapshotBlocks: 5000,
} as const;

/** Limits as a node runs with them. */
export type NodeLimits = { readonly [N in keyof typeof NODE_LIMITS]: number };
