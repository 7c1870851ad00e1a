import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { storeDisk } from './store-disk.ts';

/** Puts a file in the place of another in one step: whatever happens, one of them is whole. */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const next = `${path}.next`;
  const file = storeDisk.create(next);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  storeDisk.syncFolder(dirname(path));
}

/**
 * The key of a home: 32 random bytes in a file that only its owner may read; made when missing.
 *
 * @throws WardError `STORE_CORRUPT`.
 */
export function loadHomeKey(home: string, random: Random): Uint8Array {
  const path = join(home, 'home.key');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) replaceFile(path, random.bytes(32));
  const key = new Uint8Array(readFileSync(path));
  if (key.length !== 32) throw refuse('STORE_CORRUPT', { record: 0 });
  return key;
}

/** The text of a JSON file, parsed. @throws WardError `FILE_MALFORMED`. */
export function loadJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('FILE_MALFORMED');
    throw error;
  }
}
