/**
 * Append-only bytes behind the log. The engine makes them durable (one `fdatasync` a block); the
 * ledger never waits, and never changes what is appended.
 *
 * What an implementation must keep:
 * - A position is the number of bytes ever appended before it; dropping and reopening keep it.
 * - `append` has taken over its argument when it returns: the ledger reuses the buffer.
 * - What lies before `durableSize` survives the death of the machine; what lies behind may be
 *   whole, cut, zero or garbage, each piece for itself.
 * - `dropBefore` and `truncate` make durable what was appended so far before they take effect.
 */
export interface Storage {
  /** First position still kept: exactly the one of the last `dropBefore`, 0 if there was none. */
  readonly start: number;
  /** Position behind the last byte. */
  readonly size: number;
  /**
   * Everything before this position is durable for sure. It stands in each frame of the log, and
   * tells recovery a torn end from damage to what was acknowledged.
   */
  readonly durableSize: number;
  /** @returns The position of the first byte; all of them can be read at once. */
  append(bytes: Uint8Array): number;
  /**
   * The bytes from a position on; `start <= position` and `position + length <= size`.
   *
   * @returns Bytes that the caller does not change and that do not change under the caller.
   */
  read(position: number, length: number): Uint8Array;
  /** Forgets everything from `size` on; only recovery does it. */
  truncate(size: number): void;
  /** Forgets everything before `position`; pruning does it. */
  dropBefore(position: number): void;
}
