import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuse } from '../errors.ts';

/** The one release that Ward runs; releases of other lines must never share a validator set. */
export const ENGINE_VERSION = 'v0.40.0';
export const ENGINE_PACKAGE = 'github.com/cometbft/cometbft/cmd/cometbft';
/** What ABCI calls itself in this release. */
export const ABCI_VERSION = '2.0.0';

const MODULE = 'github.com/cometbft/cometbft';
/** Go's checksum of the module's sources, as its checksum database has it. */
const MODULE_SUM = 'h1:0+zc7FlcnonFfMwzhyDCd5vK/fHZqz0RfRyTCxZsFPU=';
const BINARY = 'cometbft';
const OWN_CACHE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '.cache');

/**
 * Where `npm run engine:install` puts it: the folder that `WARD_ENGINE_CACHE` names, else one of
 * this repository. Where Ward is installed as a package, there is none.
 */
export function engineCache(): string {
  return process.env.WARD_ENGINE_CACHE ?? OWN_CACHE;
}

/**
 * Whether a file is the pinned engine. What it says of itself is no help (this release calls itself
 * 0.39.0): Go writes the module that it was built from, with its checksum, into every binary.
 */
export function isPinnedEngine(path: string): boolean {
  if (!existsSync(path)) return false;
  return readFileSync(path).includes(`mod\t${MODULE}\t${ENGINE_VERSION}\t${MODULE_SUM}`);
}

/** Where the engine is put in a folder for what is built once. */
export function cachedEngine(cache: string): string {
  return join(cache, 'engine', ENGINE_VERSION, BINARY);
}

/**
 * The pinned engine on the PATH or in a cache folder; undefined where there is none.
 *
 * @param cache Folder for what is built once.
 */
export function findEngine(cache = engineCache()): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = folders.map((folder) => join(folder, BINARY));
  return [cachedEngine(cache), ...paths].find(isPinnedEngine);
}

/** @throws WardError `ENGINE_MISSING`. */
export function requireEngine(cache?: string): string {
  const path = findEngine(cache);
  if (path === undefined) throw refuse('ENGINE_MISSING');
  return path;
}
