/** Bounds of a transaction; genesis may set lower ones. */
export const TRANSACTION_LIMITS = {
  envelopeBytesMax: 512 * 1024,
  signersMax: 8,
  messagesMax: 128,
  messageBytesMax: 256 * 1024,
  /** A body is valid at most this long past the time of the block that takes it. */
  validForSecondsMax: 180,
} as const;
