import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';

/** Doors that are programs: to open one is to run it. */
const PROGRAM = /\/main$/;

/** Doors that Node can open, package by package; those whose file is not there yet are left out. */
function productDoors(): string[] {
  const packages = readdirSync(join(REPOSITORY, 'packages')).sort();
  return packages.flatMap((name) => {
    const folder = join(REPOSITORY, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (manifest.private === true) return [];
    const exported = Object.entries(manifest.exports ?? {}) as [
      string,
      string | { default: string },
    ][];
    return exported
      .filter(([name]) => !PROGRAM.test(name))
      .map(([, door]) => door)
      .map((door) => join(folder, typeof door === 'string' ? door : door.default))
      .filter((path) => /\.tsx?$/.test(path) && existsSync(path));
  });
}

/** Loads every package: its formats, endpoints and codes are in their catalogues afterwards. */
export async function loadProduct(): Promise<void> {
  for (const door of productDoors()) await import(door);
}
