import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Disk, DiskFile } from './disk.ts';

const writev = promisify(fs.writev);
const fdatasync = promisify(fs.fdatasync);
/** Buffers that one system call takes (IOV_MAX of Linux). */
const BUFFERS_MAX = 1024;

/** The chunks without their first `length` bytes. */
function behind(chunks: readonly Uint8Array[], length: number): readonly Uint8Array[] {
  let skip = length;
  let first = 0;
  while (first < chunks.length && skip >= chunks[first]!.length) skip -= chunks[first++]!.length;
  const rest = chunks.slice(first);
  if (skip > 0) rest[0] = rest[0]!.subarray(skip);
  return rest;
}

class NodeFile implements DiskFile {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  }

  get sizeBytes(): number {
    return fs.fstatSync(this.#fd).size;
  }

  read(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      const count = fs.readSync(this.#fd, target, done, target.length - done, position + done);
      if (count === 0) throw new Error('a read behind the end of a file');
      done += count;
    }
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let rest = chunks;
    let at = position;
    while (rest.length > 0) {
      const { bytesWritten } = await writev(this.#fd, rest.slice(0, BUFFERS_MAX), at);
      rest = behind(rest, bytesWritten);
      at += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return fdatasync(this.#fd);
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#fd);
  }

  truncate(sizeBytes: number): void {
    fs.ftruncateSync(this.#fd, sizeBytes);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** Windows cannot sync a folder; its file system keeps names in its journal anyway. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function load(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(fs.readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function replace(path: string, bytes: Uint8Array): void {
  const beside = `${path}.new`;
  const fd = fs.openSync(beside, 'w', 0o600);
  try {
    fs.writeFileSync(fd, bytes);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(beside, path);
  syncFolder(dirname(path));
}

/** The {@link Disk} that this machine has. Files are readable by their owner alone. */
export const nodeDisk: Disk = {
  list(folder) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return fs.readdirSync(folder);
  },
  open: (path) => new NodeFile(path),
  load,
  replace,
  remove: (path) => fs.rmSync(path),
  syncFolder,
};
