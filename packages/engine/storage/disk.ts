/**
 * What the engine asks of a disk. `nodeDisk` is the real one; simulations bring disks that lose,
 * tear and refuse writes.
 *
 * A failure is thrown as Node throws it, with `code` (`ENOSPC`, `EIO`, …).
 */
export interface Disk {
  /** Names in a folder; the folder is made where there is none. */
  list(folder: string): readonly string[];
  /** Opens a file for reading and writing; it is made where there is none. */
  open(path: string): DiskFile;
  /** Content of a small file; undefined where there is none. */
  load(path: string): Uint8Array | undefined;
  /** Writes a small file whole: after a crash it is the old one or the new one, and durable. */
  replace(path: string, bytes: Uint8Array): void;
  remove(path: string): void;
  /** Makes durable which names the folder has. */
  syncFolder(folder: string): void;
}

export interface DiskFile {
  readonly sizeBytes: number;
  /** Fills `target` from a position on. @throws when the file ends before. */
  read(target: Uint8Array, position: number): void;
  /** Writes all chunks one behind the other. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Makes durable what was written before the call. */
  sync(): Promise<void>;
  syncNow(): void;
  truncate(sizeBytes: number): void;
  close(): void;
}

/** The disk, or the quota of this user on it, is full: the same write may succeed later. */
export function isFull(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT';
}
