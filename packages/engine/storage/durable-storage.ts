interface Storage {
  readonly start: number;
  readonly size: number;
  append(bytes: Uint8Array): number;
  read(position: number, length: number): Uint8Array;
  truncate(size: number): void;
  dropBefore(position: number): void;
}

/** The ledger's {@link Storage}, and what only the engine does with it. */
export interface DurableStorage extends Storage {
  /** The disk is full: what was appended waits until there is space again. */
  readonly isFull: boolean;
  /**
   * Makes durable what was appended before the call; calls at one time share one sync.
   *
   * @throws WardError `STORAGE_FAILED`, or `DISK_FULL` when it is closed while it waits for space.
   */
  flush(): Promise<void>;
  /** Flushes, unless the disk is full, and lets go of the files. */
  close(): Promise<void>;
}

