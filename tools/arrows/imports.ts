import { isBuiltin } from 'node:module';
import { importsOf, relativeTarget } from '../tidy/imports.ts';
import { type Finding, perFile, type Rule } from '../tidy/rule.ts';
import type { SourceFile } from '../tidy/source-file.ts';
import {
  ADAPTERS,
  ARROWS,
  below,
  PURE_PACKAGES,
  packageFolder,
  projectOf,
  projectOfSpecifier,
  TESTKIT,
} from './arrows.ts';

function isPure({ path, isTest }: SourceFile): boolean {
  return !isTest && !path.startsWith(ADAPTERS) && PURE_PACKAGES.includes(path.split('/')[1] ?? '');
}

/** Why a file may not import this; undefined when it may. */
function objection(file: SourceFile, specifier: string): string | undefined {
  const own = projectOf(file.path)!;
  if (isPure(file) && (isBuiltin(specifier) || specifier === '@ward/protocol/crypto')) {
    return 'which a pure package cannot have';
  }
  const target = relativeTarget(file.path, specifier);
  if (target !== undefined) {
    const isOwn = target.startsWith(`${packageFolder(file.path)}/`);
    return isOwn ? undefined : 'which is a file of another package';
  }
  const project = projectOfSpecifier(specifier);
  if (project === undefined) return undefined;
  const isTestMatter = file.isTest && (project === TESTKIT || project === own);
  return isTestMatter || below(own).has(project) ? undefined : 'against the arrows';
}

/** Imports between packages follow the arrows; pure packages stay pure. */
export const importArrows: Rule = perFile(
  (file) => file.isCode && projectOf(file.path) !== undefined,
  (file) => {
    const project = projectOf(file.path)!;
    if (ARROWS[project] === undefined && project !== TESTKIT) {
      return [{ path: file.path, what: `the arrows know no project ${project}` }];
    }
    return importsOf(file).flatMap(({ specifier, line }): Finding[] => {
      const why = objection(file, specifier);
      if (why === undefined) return [];
      return [{ path: file.path, line, what: `imports ${specifier}, ${why}` }];
    });
  },
);
