/** Bounds of the engine; they are a node's own and no consensus parameters. */
export const ENGINE_LIMITS = {
  /** Transactions and bytes that wait for a block; beyond, submitters are told to come back. */
  waitingMax: 32_768,
  waitingBytesMax: 64 * 1024 * 1024,
  /**
   * Transactions and bytes that wait, beyond which a new one's messages are first tried by its
   * block: to try them costs as much as to execute them.
   */
  triedWaitingMax: 32,
  triedWaitingBytesMax: 16 * 1024,
  /** Transactions of one block: more only makes the ones behind it wait longer. */
  blockTransactionsMax: 2000,
  /** Blocks that are signed and not durable yet. */
  undurableBlocksMax: 4,
  /** Blocks of which the engine keeps trees and results at hand for receipts. */
  receiptBlocksMax: 16,
  /** Light blocks that are kept decoded. */
  lightBlocksMax: 256,
  /** Readers of streams at one time. */
  streamsMax: 1024,
} as const;

/** How often there is a block when nothing happens; clients refuse a ledger older than 60 s. */
export const IDLE_BLOCK_MS = 5000;
