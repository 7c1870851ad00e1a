import { MemoryStorage, type Storage } from '@ward/ledger';

/** The ledger's {@link Storage}, and what only the engine does with it. */
export interface DurableStorage extends Storage {
  /** The disk is full: what was appended waits until there is space again. */
  readonly isFull: boolean;
  /**
   * Makes durable what was appended before the call; calls at one time share one sync.
   *
   * @throws WardError `STORAGE_FAILED`, or `DISK_FULL` when it may not wait for space any more.
   */
  flush(): Promise<void>;
  /** From now on a flush does not wait for space on a full disk: it fails, and so does the rest. */
  giveUpWhenFull(): void;
  /** Flushes, unless the disk is full, and lets go of the files. */
  close(): Promise<void>;
}

/** A {@link DurableStorage} that lasts as long as its process, and calls that durable. */
export class VolatileStorage extends MemoryStorage implements DurableStorage {
  readonly isFull = false;

  async flush(): Promise<void> {}

  giveUpWhenFull(): void {}

  async close(): Promise<void> {}
}
