import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageError } from './durable-database.ts';

/** Replaces a file as a whole, durably: after a crash it has the old bytes or the new ones. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const staged = `${path}.new`;
    const file = await open(staged, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(staged, path);
    const opened = await open(folder, 'r');
    try {
      await opened.sync();
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw storageError(error);
  }
}
