import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './repository.ts';

/** Doors that are programs: to open one is to run it. */
const PROGRAMS = new Set(['./main']);

/** Doors that Node can open, package by package; those whose file is not there yet are left out. */
function loadDoors(): string[] {
  const packages = readdirSync(join(REPOSITORY, 'packages'));
  return packages.flatMap((name) => {
    const folder = join(REPOSITORY, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (manifest.private === true) return [];
    const exported = Object.entries(manifest.exports ?? {}) as [
      string,
      string | { default: string },
    ][];
    return exported
      .filter(([name]) => !PROGRAMS.has(name))
      .map(([, door]) => door)
      .map((door) => join(folder, typeof door === 'string' ? door : door.default))
      .filter((path) => /\.tsx?$/.test(path) && existsSync(path));
  });
}

describe('all packages together', () => {
  it('declare every error code, format and endpoint once', async () => {
    for (const door of loadDoors()) await import(door);
    expect(errorCatalogue().size).toBeGreaterThan(50);
  });
});
