import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineCache } from '../cometbft/engine-binary.ts';

const BINARY = 'ward-signatures';
/** What the process is built from; the digest of all of it is written into the program. */
const SOURCES = [
  new URL('./process/main.go', import.meta.url),
  new URL('./process/go.mod', import.meta.url),
  new URL('./process/go.sum', import.meta.url),
];

/** Folder of the sources. */
export const SIGNATURES_FOLDER = fileURLToPath(new URL('.', SOURCES[0]));

/** Names a build: programs of other sources may have other rules. */
export function signaturesStamp(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(source));
  return `ward-signatures-${hash.digest('hex')}`;
}

/** Where the program is put in a folder for what is built once. */
export function cachedSignatures(cache: string = engineCache()): string {
  return join(cache, 'signatures', signaturesStamp(), BINARY);
}

/** Whether a file is the program of these sources. */
export function isPinnedSignatures(path: string): boolean {
  return existsSync(path) && readFileSync(path).includes(signaturesStamp());
}

/**
 * The program that verifies signatures in batches, in the cache folder or on the PATH; undefined
 * where there is none: a node verifies them one by one then.
 */
export function findSignatures(cache: string = engineCache()): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = folders.map((folder) => join(folder, BINARY));
  return [cachedSignatures(cache), ...paths].find(isPinnedSignatures);
}
