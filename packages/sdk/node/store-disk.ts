import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  write,
} from 'node:fs';
import { promisify } from 'node:util';

/** What a file event store does to the disk, step by step; tests let a step fail. */
export interface StoreDisk {
  /** Writes all bytes at the end of a file. */
  write(file: number, bytes: Uint8Array): Promise<void>;
  /** Makes what was written durable. */
  sync(file: number): Promise<void>;
  truncate(file: number, sizeBytes: number): void;
  /** A new, empty file, open for appending. */
  create(path: string): number;
  rename(from: string, to: string): void;
  /** Makes names in a folder durable. */
  syncFolder(path: string): void;
}

const writeSome = promisify(write);
const syncFile = promisify(fdatasync);

/** The disk itself. */
export const storeDisk: StoreDisk = {
  async write(file, bytes) {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await writeSome(file, bytes, at, bytes.length - at, null);
      at += bytesWritten;
    }
  },
  sync: (file) => syncFile(file),
  truncate: ftruncateSync,
  create(path) {
    rmSync(path, { force: true });
    return openSync(path, 'ax+', 0o600);
  },
  rename: renameSync,
  syncFolder(path) {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
};
