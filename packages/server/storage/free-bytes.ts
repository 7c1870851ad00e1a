import { statfs } from 'node:fs/promises';

/**
 * Free bytes of the disk that a folder is on, as far as this user may take them.
 *
 * @throws as Node does, where there is no such folder.
 */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
