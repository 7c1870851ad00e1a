import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { REPOSITORY } from '../repository.ts';

const COPIED = ['packages', 'tools', 'package.json', 'package-lock.json', '.npmrc', 'LICENSE'];
const LEFT_OUT = new Set(['node_modules', 'dist']);

/**
 * The repository in a folder of its own, with the same dependencies: packing changes files while it
 * runs, which nobody else should see.
 */
export function copyRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'ward-pack-'));
  const configurations = readdirSync(REPOSITORY).filter((name) => /^tsconfig.*json$/.test(name));
  for (const name of [...COPIED, ...configurations]) {
    cpSync(join(REPOSITORY, name), join(copy, name), {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(basename(path)),
    });
  }
  linkDependencies(copy);
  return copy;
}

/** All of node_modules as it is, but Ward's own packages from the copy. */
function linkDependencies(copy: string): void {
  const modules = join(REPOSITORY, 'node_modules');
  mkdirSync(join(copy, 'node_modules', '@ward'), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name === '@ward' || name === '.package-lock.json') continue;
    symlinkSync(join(modules, name), join(copy, 'node_modules', name));
  }
  for (const name of readdirSync(join(copy, 'packages'))) {
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules', '@ward', name));
    const own = join(REPOSITORY, 'packages', name, 'node_modules');
    symlinkIfPresent(own, join(copy, 'packages', name, 'node_modules'));
  }
}

function symlinkIfPresent(target: string, path: string): void {
  try {
    readdirSync(target);
  } catch {
    return;
  }
  symlinkSync(target, path);
}
