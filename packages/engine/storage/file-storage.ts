import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineFormat, field, type WardError } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type Disk, isFull } from './disk.ts';
import type { DurableStorage } from './durable-storage.ts';
import { nodeDisk } from './node-disk.ts';
import { RecentBytes } from './recent-bytes.ts';
import { SegmentFiles } from './segment-files.ts';

const MEBIBYTE = 1024 * 1024;
const SEGMENT_BYTES = 64 * MEBIBYTE;
/** Durable bytes that stay in memory: the newest blocks are what readers ask for. */
const RECENT_BYTES = 8 * MEBIBYTE;
/** How long to wait before a write is tried again on a full disk. */
const RETRY_MS = 250;

/** What a folder of segments says of itself, in the file `head`. */
const StorageHead = defineFormat('storage-head', 1, {
  segmentBytes: field.integer(1),
  start: field.integer(),
});

export interface FileStorageOptions {
  /** Folder of its own; made where there is none. */
  readonly folder: string;
  /** Size of one file, for a folder that is new. */
  readonly segmentBytes?: number;
  readonly retryMs?: number;
  readonly disk?: Disk;
}

interface Waiter {
  /** Size that must be durable. */
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: WardError) => void;
}

/**
 * The ledger's log in files. Appended bytes stay in memory until they are durable, so that a disk
 * which is full, or lost what it was given, can be written again; they can be read at once.
 *
 * On a full disk the flush waits and tries again. After any other failure nothing can be known of
 * the disk (a sync that failed once may succeed the next time and have lost bytes): the storage
 * refuses everything from then on, and the next start reads what is really there.
 */
export class FileStorage implements DurableStorage {
  readonly #segments: SegmentFiles;
  readonly #recent: RecentBytes;
  readonly #disk: Disk;
  readonly #headPath: string;
  readonly #retryMs: number;
  readonly #hurry = new AbortController();
  #start: number;
  /** What the file `head` says. */
  #savedStart: number;
  #size: number;
  #durable: number;
  #waiters: Waiter[] = [];
  #loop: Promise<void> | undefined;
  #failure: WardError | undefined;
  isFull = false;

  /** @throws WardError `STORAGE_DAMAGED`. */
  constructor(options: FileStorageOptions) {
    const { folder, segmentBytes = SEGMENT_BYTES, retryMs = RETRY_MS, disk = nodeDisk } = options;
    this.#disk = disk;
    this.#retryMs = retryMs;
    this.#headPath = join(folder, 'head');
    disk.list(folder);
    const head = loadHead(this.#headPath, { segmentBytes, start: 0 }, disk);
    this.#segments = new SegmentFiles({ folder, ...head }, disk);
    this.#segments.syncLast();
    this.#start = head.start;
    this.#savedStart = head.start;
    this.#size = this.#segments.size;
    this.#durable = this.#size;
    this.#recent = new RecentBytes(this.#size, Math.min(MEBIBYTE, head.segmentBytes));
  }

  get start(): number {
    return this.#start;
  }

  get size(): number {
    return this.#size;
  }

  get durableSize(): number {
    return this.#durable;
  }

  append(bytes: Uint8Array): number {
    if (this.#failure !== undefined) throw this.#failure;
    const position = this.#size;
    this.#recent.append(bytes);
    this.#size += bytes.length;
    return position;
  }

  read(position: number, length: number): Uint8Array {
    const end = position + length;
    if (position < this.#start || length < 0 || end > this.#size) {
      throw new Error('a read outside of what the storage keeps');
    }
    const fromMemory = Math.max(position, this.#recent.start);
    const views = this.#recent.views(fromMemory, end);
    if (fromMemory === position && views.length === 1) return views[0]!;
    const bytes = new Uint8Array(length);
    const inFiles = Math.min(fromMemory, end) - position;
    if (inFiles > 0) this.#segments.read(bytes.subarray(0, inFiles), position);
    let at = inFiles;
    for (const view of views) {
      bytes.set(view, at);
      at += view.length;
    }
    return bytes;
  }

  truncate(size: number): void {
    if (size < this.#start || size > this.#size) throw new Error('a cut outside of the storage');
    if (this.#durable !== this.#size) throw new Error('a cut while bytes wait for the disk');
    if (size === this.#size) return;
    this.#segments.truncate(size);
    this.#size = size;
    this.#durable = size;
    this.#recent.reset(size);
  }

  /** Takes effect on disk with the next flush, behind everything that was appended before. */
  dropBefore(position: number): void {
    if (position < this.#start || position > this.#size) {
      throw new Error('a cut outside of the storage');
    }
    this.#start = position;
    // Whoever asks for the next flush is told when this one fails.
    this.flush().catch(() => {});
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#durable === this.#size && this.#savedStart === this.#start) return Promise.resolve();
    const flushed = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ size: this.#size, resolve, reject });
    });
    this.#loop ??= this.#run();
    return flushed;
  }

  giveUpWhenFull(): void {
    this.#hurry.abort();
  }

  async close(): Promise<void> {
    this.giveUpWhenFull();
    await this.flush().catch(() => {});
    await this.#loop;
    this.#segments.close();
  }

  /** Writes until everything is durable that is there by then. */
  async #run(): Promise<void> {
    try {
      while (this.#durable < this.#size || this.#savedStart < this.#start) {
        await this.#writeOrWait();
        this.#settle();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#loop = undefined;
    }
  }

  async #writeOrWait(): Promise<void> {
    try {
      while (this.#durable < this.#size) await this.#writePiece();
      this.#moveStart();
      this.isFull = false;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.isFull = true;
      if (this.#hurry.signal.aborted) throw error;
      await sleep(this.#retryMs, undefined, { signal: this.#hurry.signal }).catch(() => {});
    }
  }

  /** Writes what stands in one segment. */
  async #writePiece(): Promise<void> {
    const { segmentBytes } = this.#segments;
    const from = this.#durable;
    const to = Math.min(this.#size, (Math.floor(from / segmentBytes) + 1) * segmentBytes);
    await this.#segments.write(this.#recent.views(from, to), from);
    this.#durable = to;
    this.#recent.forgetBefore(Math.max(0, to - RECENT_BYTES));
  }

  /** Everything is durable by now, what `dropBefore` was promised included. */
  #moveStart(): void {
    const start = this.#start;
    if (this.#savedStart === start) return;
    const { segmentBytes } = this.#segments;
    this.#disk.replace(this.#headPath, StorageHead.encode({ segmentBytes, start }));
    this.#segments.dropBefore(start);
    this.#savedStart = start;
  }

  #settle(): void {
    const durable = this.#waiters.filter(({ size }) => size <= this.#durable);
    this.#waiters = this.#waiters.filter(({ size }) => size > this.#durable);
    for (const { resolve } of durable) resolve();
  }

  #fail(cause: unknown): void {
    const error = Object.assign(refuse(isFull(cause) ? 'DISK_FULL' : 'STORAGE_FAILED'), { cause });
    this.#failure = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

type StorageHead = ReturnType<typeof StorageHead.decode>;

/** @throws WardError `STORAGE_DAMAGED`. */
function loadHead(path: string, fresh: StorageHead, disk: Disk): StorageHead {
  const bytes = disk.load(path);
  if (bytes === undefined) {
    disk.replace(path, StorageHead.encode(fresh));
    return fresh;
  }
  try {
    return StorageHead.decode(bytes);
  } catch (cause) {
    throw Object.assign(refuse('STORAGE_DAMAGED', { segment: 0 }), { cause });
  }
}
