import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findEngine } from '@ward/engine';

/** The pinned CometBFT, and what calls itself so on the PATH and is not. */
export function findEngines() {
  const pinned = findEngine();
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const other = folders.map((folder) => join(folder, 'cometbft')).find((path) => existsSync(path));
  return { pinned, ...(other === undefined ? {} : { other }) };
}
