import { type Disk, type DiskFile, nodeDisk } from '@ward/engine';

/** The process ends here and now, as by `kill -9`. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is there when the call returns, or a moment later.
  for (;;);
}

/** The disk of this machine, for a process that is killed in the middle of one operation on it. */
export class KillingDisk implements Disk {
  readonly #killAt: number;
  #operations = 0;

  /** @param killAt Number of the operation, from 1; a write gets half done. */
  constructor(killAt: number) {
    this.#killAt = killAt;
  }

  #count(before: () => void = () => {}): void {
    this.#operations++;
    if (this.#operations !== this.#killAt) return;
    before();
    die();
  }

  open(path: string): DiskFile {
    const file = nodeDisk.open(path);
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      read: (target, position) => file.read(target, position),
      write: async (chunks, position) => {
        this.#operations++;
        if (this.#operations === this.#killAt) {
          const all = Buffer.concat(chunks);
          await file.write([all.subarray(0, all.length >> 1)], position);
          die();
        }
        await file.write(chunks, position);
      },
      sync: async () => {
        this.#count();
        await file.sync();
      },
      syncNow: () => {
        this.#count();
        file.syncNow();
      },
      truncate: (sizeBytes) => {
        this.#count();
        file.truncate(sizeBytes);
      },
      close: () => file.close(),
    };
  }

  list(folder: string): readonly string[] {
    return nodeDisk.list(folder);
  }

  load(path: string): Uint8Array | undefined {
    return nodeDisk.load(path);
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#count(() => nodeDisk.replace(`${path}.torn`, bytes.subarray(0, bytes.length >> 1)));
    nodeDisk.replace(path, bytes);
  }

  remove(path: string): void {
    this.#count();
    nodeDisk.remove(path);
  }

  syncFolder(folder: string): void {
    this.#count();
    nodeDisk.syncFolder(folder);
  }
}
