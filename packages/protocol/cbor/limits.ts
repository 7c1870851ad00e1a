/** Bounds of the codec; a format may be stricter, never looser. */
export const CBOR_LIMITS = {
  /** Lists and maps inside each other. */
  depthMax: 16,
  /** Items of one list, or pairs of one map. */
  itemsMax: 1_048_576,
  /** Values in all, for the decoder that knows no format: each may cost more than its byte. */
  valuesMax: 1_048_576,
  /** Bytes of one string. */
  stringBytesMax: 64 * 1024 * 1024,
} as const;
