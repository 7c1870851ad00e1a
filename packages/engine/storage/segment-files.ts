import { join } from 'node:path';
import { refuse } from '../errors.ts';
import type { Disk, DiskFile } from './disk.ts';

const NAME = /^(\d{10})\.log$/;
/** Files that are kept open for reading. */
const READERS_MAX = 32;

/**
 * Bytes by position, in files of one size. A file is made only when the one before it is full and
 * durable, so at most the last one can be torn.
 */
export class SegmentFiles {
  readonly segmentBytes: number;
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #readers = new Map<number, DiskFile>();
  /** Segments that have a file: from `#first` up to, not including, `#end`. */
  #first: number;
  #end: number;
  #writer: { readonly segment: number; readonly file: DiskFile } | undefined;

  /**
   * @param start First position that is kept; files before it are left over and removed.
   * @throws WardError `STORAGE_DAMAGED`.
   */
  constructor(
    { folder, segmentBytes, start }: { folder: string; segmentBytes: number; start: number },
    disk: Disk,
  ) {
    this.#folder = folder;
    this.#disk = disk;
    this.segmentBytes = segmentBytes;
    this.#first = Math.floor(start / segmentBytes);
    const found = disk
      .list(folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    for (const segment of found) if (segment < this.#first) disk.remove(this.#path(segment));
    const kept = found.filter((segment) => segment >= this.#first);
    this.#end = this.#first + kept.length;
    kept.forEach((segment, i) => {
      if (segment !== this.#first + i) throw refuse('STORAGE_DAMAGED', { segment });
    });
    for (const segment of kept.slice(0, -1)) {
      const isWhole = this.#reader(segment).sizeBytes === segmentBytes;
      if (!isWhole) throw refuse('STORAGE_DAMAGED', { segment });
    }
    if (start > 0 && this.size < start) throw refuse('STORAGE_DAMAGED', { segment: this.#first });
  }

  #path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(10, '0')}.log`);
  }

  /** Position behind the last byte that stands in a file. */
  get size(): number {
    const last = this.#end - 1;
    if (last < this.#first) return this.#first * this.segmentBytes;
    return last * this.segmentBytes + Math.min(this.segmentBytes, this.#reader(last).sizeBytes);
  }

  #reader(segment: number): DiskFile {
    let file = this.#readers.get(segment);
    if (file === undefined) file = this.#disk.open(this.#path(segment));
    // The newest stand last, so that the first is the one to close.
    this.#readers.delete(segment);
    this.#readers.set(segment, file);
    if (this.#readers.size > READERS_MAX) this.#closeReader(this.#readers.keys().next().value!);
    return file;
  }

  #closeReader(segment: number): void {
    this.#readers.get(segment)?.close();
    this.#readers.delete(segment);
  }

  /** Fills `target` with the bytes from a position on, all of which are in files. */
  read(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length; ) {
      const at = position + done;
      const offset = at % this.segmentBytes;
      const piece = target.subarray(done, done + this.segmentBytes - offset);
      this.#reader(Math.floor(at / this.segmentBytes)).read(piece, offset);
      done += piece.length;
    }
  }

  /** Writes chunks that stand in one segment, and makes them durable. */
  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const segment = Math.floor(position / this.segmentBytes);
    const file = this.#writerOf(segment);
    await file.write(chunks, position % this.segmentBytes);
    await file.sync();
    this.#announce(segment);
  }

  #writerOf(segment: number): DiskFile {
    if (this.#writer?.segment !== segment) {
      this.#writer?.file.close();
      this.#writer = { segment, file: this.#disk.open(this.#path(segment)) };
    }
    return this.#writer.file;
  }

  /** A new file counts once its folder says durably that it is there. */
  #announce(segment: number): void {
    if (segment < this.#end) return;
    this.#disk.syncFolder(this.#folder);
    this.#end = segment + 1;
  }

  /** Makes durable what is found in the last file: who wrote it may have died before. */
  syncLast(): void {
    const last = this.#end - 1;
    if (last < this.#first) return;
    this.#reader(last).syncNow();
    this.#disk.syncFolder(this.#folder);
  }

  /** Cuts everything from `size` on, the last file first: no gap can be left behind. */
  truncate(size: number): void {
    this.close();
    const last = Math.max(this.#first, Math.ceil(size / this.segmentBytes) - 1);
    while (this.#end - 1 > last) this.#disk.remove(this.#path(--this.#end));
    if (this.#end - 1 === last) {
      const file = this.#reader(last);
      file.truncate(size - last * this.segmentBytes);
      file.syncNow();
    }
    this.#disk.syncFolder(this.#folder);
  }

  /** Removes files that end before a position. */
  dropBefore(position: number): void {
    const first = Math.min(Math.floor(position / this.segmentBytes), this.#end - 1);
    while (this.#first < first) {
      this.#closeReader(this.#first);
      this.#disk.remove(this.#path(this.#first++));
    }
  }

  close(): void {
    for (const segment of [...this.#readers.keys()]) this.#closeReader(segment);
    this.#writer?.file.close();
    this.#writer = undefined;
  }
}
