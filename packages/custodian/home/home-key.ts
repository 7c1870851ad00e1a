import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@ward/protocol';
import { refuseServer, replaceFile } from '@ward/server';

const KEY_FILE = 'home.key';
const KEY_BYTES = 32;

/**
 * The key under which shares stand on the disk: who copies the database alone has nothing.
 *
 * @param isNew There are no shares yet: a missing key is made. Else the home is not whole.
 * @throws WardError `HOME_INVALID`.
 */
export async function loadHomeKey(
  { home, isNew }: { home: string; isNew: boolean },
  random: Random,
): Promise<Uint8Array> {
  const path = join(home, KEY_FILE);
  try {
    const key = new Uint8Array(await readFile(path));
    if (key.length !== KEY_BYTES) throw refuseServer('HOME_INVALID');
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!isNew) throw refuseServer('HOME_INVALID');
    const key = random.bytes(KEY_BYTES);
    await replaceFile(path, key);
    return key;
  }
}
