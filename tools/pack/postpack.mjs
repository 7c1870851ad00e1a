// npm runs this in a package's folder after it has packed: the repository is as it was.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LICENSE_MARK, ORIGINAL_MANIFEST } from './staging.mjs';

/** Undoes what prepack.mjs changed outside dist; also after a pack that was cut off. */
export function restore() {
  if (existsSync(ORIGINAL_MANIFEST)) renameSync(ORIGINAL_MANIFEST, 'package.json');
  if (!existsSync(LICENSE_MARK)) return;
  rmSync('LICENSE', { force: true });
  rmSync(LICENSE_MARK);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) restore();
