import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { storageError } from '@ward/server';
import type { BlobId, BlobRange, BlobStore } from './blob-store.ts';

/** Bytes that are written and read at once. */
const PIECE_BYTES = 1024 * 1024;
/** Folders by the first two digits of an id, so that none grows too long. */
const FOLDERS = 256;

/**
 * Blobs as files: written beside, synced, renamed into place, and their folder synced, so that a
 * file with a blob's name is whole and stays.
 */
export class FileBlobStore implements BlobStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens or makes the folder and forgets what was not finished last time. */
  static async open(folder: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(folder);
    await rm(store.#stagingFolder, { recursive: true, force: true });
    await mkdir(store.#stagingFolder, { recursive: true, mode: 0o700 });
    for (let i = 0; i < FOLDERS; i++) {
      await mkdir(join(folder, i.toString(16).padStart(2, '0')), { recursive: true, mode: 0o700 });
    }
    await syncFolder(folder);
    return store;
  }

  /** The folder as it is, for whoever only reads: nothing is made or forgotten. */
  static openToRead(folder: string): FileBlobStore {
    return new FileBlobStore(folder);
  }

  get #stagingFolder(): string {
    return join(this.#folder, 'staging');
  }

  #folderOf(id: BlobId): string {
    return join(this.#folder, id.slice(0, 2));
  }

  #pathOf(id: BlobId): string {
    return join(this.#folderOf(id), id);
  }

  async put(id: BlobId, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    const staged = join(this.#stagingFolder, id);
    try {
      const size = await writeDurably(staged, chunks);
      await rename(staged, this.#pathOf(id));
      await syncFolder(this.#folderOf(id));
      return size;
    } catch (error) {
      await rm(staged, { force: true });
      throw storageError(error);
    }
  }

  async read(id: BlobId, range: BlobRange): Promise<Uint8Array | undefined> {
    const file = await openIfThere(this.#pathOf(id), 'r');
    if (file === undefined) return undefined;
    try {
      const bytes = new Uint8Array(range.length);
      for (let done = 0; done < bytes.length; ) {
        const wanted = bytes.length - done;
        const { bytesRead } = await file.read(bytes, done, wanted, range.offset + done);
        if (bytesRead === 0) return undefined;
        done += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw storageError(error);
    } finally {
      await file.close();
    }
  }

  async *stream(id: BlobId, { offset, length }: BlobRange): AsyncGenerator<Uint8Array> {
    const file = await openIfThere(this.#pathOf(id), 'r');
    if (file === undefined) return;
    try {
      for (let done = 0; done < length; ) {
        const wanted = Math.min(PIECE_BYTES, length - done);
        const piece = Buffer.allocUnsafe(wanted);
        const { bytesRead } = await file.read(piece, 0, wanted, offset + done);
        if (bytesRead === 0) return;
        done += bytesRead;
        yield new Uint8Array(piece.buffer, piece.byteOffset, bytesRead);
      }
    } catch (error) {
      throw storageError(error);
    } finally {
      await file.close();
    }
  }

  async erase(id: BlobId, { offset, length }: BlobRange): Promise<void> {
    const file = await openIfThere(this.#pathOf(id), 'r+');
    if (file === undefined) return;
    try {
      const zeros = new Uint8Array(Math.min(PIECE_BYTES, length));
      for (let done = 0; done < length; ) {
        const wanted = Math.min(zeros.length, length - done);
        done += (await file.write(zeros, 0, wanted, offset + done)).bytesWritten;
      }
      await file.datasync();
    } catch (error) {
      throw storageError(error);
    } finally {
      await file.close();
    }
  }

  async delete(id: BlobId): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
    await syncFolder(this.#folderOf(id));
  }

  async *list(): AsyncGenerator<BlobId> {
    for (let i = 0; i < FOLDERS; i++) {
      const folder = join(this.#folder, i.toString(16).padStart(2, '0'));
      for (const name of await readdir(folder)) yield name;
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }
}

/** Writes a new file in large pieces, whatever the chunks are, and syncs it. */
async function writeDurably(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let held = 0;
    let size = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(chunk.length - at, PIECE_BYTES - held);
        piece.set(chunk.subarray(at, at + taken), held);
        held += taken;
        at += taken;
        if (held < PIECE_BYTES) continue;
        await writeAll(file, piece);
        held = 0;
      }
      size += chunk.length;
    }
    await writeAll(file, piece.subarray(0, held));
    await file.datasync();
    return size;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}

async function openIfThere(path: string, flags: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storageError(error);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
