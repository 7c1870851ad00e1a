import type { Finding, Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

interface Manifest {
  readonly name?: string;
  readonly exports?: { readonly [door: string]: unknown };
  readonly bin?: unknown;
}

function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

/** Package name → the files that its `exports` and `bin` name, from the repository's root. */
export function packageDoors(files: readonly SourceFile[]): Map<string, string[]> {
  const doors = new Map<string, string[]>();
  for (const { path, text } of files) {
    if (!/^packages\/[^/]+\/package\.json$/.test(path)) continue;
    const { name = path, exports, bin } = JSON.parse(text) as Manifest;
    const folder = path.slice(0, -'package.json'.length);
    const own = [...pathsIn(exports), ...pathsIn(bin)];
    doors.set(
      name,
      own.map((door) => folder + door.replace(/^\.\//, '')),
    );
  }
  return doors;
}

function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** Every file that a package offers is there. */
export const packageDoorsOpen: Rule = (files) => {
  const present = new Set(files.map(({ path }) => path));
  return [...packageDoors(files).values()]
    .flat()
    .filter((door) => !present.has(door))
    .map((door): Finding => {
      const folder = folderOf(door);
      return { path: folder, what: `offers ${door.slice(folder.length + 1)}, which is not there` };
    });
};

/**
 * A package that offers a file which is not there yet is being built: rules that only a whole
 * package can keep do not look at it, because the missing file is an exception of its own.
 */
export function inWholePackages(rule: Rule): Rule {
  return (files) => {
    const unfinished = new Set(packageDoorsOpen(files).map(({ path }) => path));
    return rule(files).filter(({ path }) => !unfinished.has(folderOf(path)));
  };
}
