import type { Disk, DiskFile } from '@ward/engine';

/** A disk whose syncs wait until the test lets them go on. */
export class HeldDisk implements Disk {
  readonly #disk: Disk;
  #held: (() => void)[] = [];
  #isHolding = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Syncs that wait. */
  get heldCount(): number {
    return this.#held.length;
  }

  hold(): void {
    this.#isHolding = true;
  }

  /** Lets the oldest sync go on. */
  releaseOne(): void {
    this.#held.shift()?.();
  }

  releaseAll(): void {
    this.#isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }

  open(path: string): DiskFile {
    const file = this.#disk.open(path);
    const wait = () => this.#wait();
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      read: (target, position) => file.read(target, position),
      write: (chunks, position) => file.write(chunks, position),
      async sync() {
        await wait();
        await file.sync();
      },
      syncNow: () => file.syncNow(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close: () => file.close(),
    };
  }

  async #wait(): Promise<void> {
    if (!this.#isHolding) return;
    await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  list(folder: string): readonly string[] {
    return this.#disk.list(folder);
  }

  load(path: string): Uint8Array | undefined {
    return this.#disk.load(path);
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#disk.replace(path, bytes);
  }

  remove(path: string): void {
    this.#disk.remove(path);
  }

  syncFolder(folder: string): void {
    this.#disk.syncFolder(folder);
  }
}
