import { setTimeout as wait } from 'node:timers/promises';
import { type Disk, type DiskFile, nodeDisk } from '@ward/engine';

/** What is wrong with a disk now. */
export interface DiskFaults {
  /** Every write is refused as on a full disk. */
  readonly isFull: boolean;
  /** What each write, and each sync, takes longer. */
  readonly delayMs: number;
}

/** The disk of this machine, which a test fills and slows down while it is in use. */
export class NetworkDisk implements Disk {
  faults: DiskFaults = { isFull: false, delayMs: 0 };

  #checkRoom(): void {
    if (this.faults.isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  }

  open(path: string): DiskFile {
    const file = nodeDisk.open(path);
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      read: (target, position) => file.read(target, position),
      write: async (chunks, position) => {
        await this.#delay();
        this.#checkRoom();
        await file.write(chunks, position);
      },
      sync: async () => {
        await this.#delay();
        await file.sync();
      },
      syncNow: () => file.syncNow(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close: () => file.close(),
    };
  }

  async #delay(): Promise<void> {
    const { delayMs } = this.faults;
    if (delayMs > 0) await wait(delayMs);
  }

  list(folder: string): readonly string[] {
    return nodeDisk.list(folder);
  }

  load(path: string): Uint8Array | undefined {
    return nodeDisk.load(path);
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#checkRoom();
    nodeDisk.replace(path, bytes);
  }

  remove(path: string): void {
    nodeDisk.remove(path);
  }

  syncFolder(folder: string): void {
    nodeDisk.syncFolder(folder);
  }
}
