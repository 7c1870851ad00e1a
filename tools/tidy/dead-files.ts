import { basename } from 'node:path/posix';
import { importsOf, packageOf, relativeTarget } from './imports.ts';
import { packageDoors } from './package-doors.ts';
import type { Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

const PROGRAM_FOLDERS = /^(bench|examples|tools)\//;
const ENTRY_NAMES = /^(index\.tsx?|main\.tsx?|.*\.config\.ts|.*\.mjs)$/;

/** Files that something outside the code asks for by name. */
function isEntry({ path, isTest }: SourceFile): boolean {
  return isTest || ENTRY_NAMES.test(basename(path)) || PROGRAM_FOLDERS.test(path);
}

export const deadFiles: Rule = (files) => {
  const code = new Map(files.filter((file) => file.isCode).map((file) => [file.path, file]));
  const doors = packageDoors(files);
  const waiting = [
    ...[...code.values()].filter(isEntry).map(({ path }) => path),
    ...[...doors.values()].flat(),
  ];
  const alive = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = code.get(path);
    if (file === undefined || alive.has(path)) continue;
    alive.add(path);
    for (const { specifier } of importsOf(file)) {
      const target = relativeTarget(path, specifier);
      waiting.push(...(target ? [target] : (doors.get(packageOf(specifier)) ?? [])));
    }
  }
  return [...code.keys()]
    .filter((path) => !alive.has(path) && !path.endsWith('.d.ts'))
    .map((path) => ({ path, what: 'nothing imports it' }));
};
