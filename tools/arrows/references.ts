import { join, relative } from 'node:path/posix';
import { importsOf } from '../tidy/imports.ts';
import type { Finding, Rule } from '../tidy/rule.ts';
import type { SourceFile } from '../tidy/source-file.ts';
import {
  below,
  PURE_PACKAGES,
  packageFolder,
  projectOf,
  projectOfSpecifier,
  TESTKIT,
} from './arrows.ts';

interface Configuration {
  readonly extends?: string;
  readonly exclude?: readonly string[];
  readonly compilerOptions?: {
    readonly lib?: readonly string[];
    readonly types?: readonly string[];
  };
  readonly references?: readonly { readonly path: string }[];
}

const TESTS_PROJECT = 'tsconfig.tests.json';

function folderOf(path: string): string {
  return path.slice(0, -'/tsconfig.json'.length);
}

/** Folders that a configuration references, from the root of the repository. */
function referencesOf({ path, text }: SourceFile): string[] {
  const folder = path.includes('/') ? folderOf(path) : '.';
  const { references = [] } = JSON.parse(text) as Configuration;
  return references.map((reference) => join(folder, reference.path));
}

/** Folders with a project of their own. */
function projectFolders(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/tsconfig.json'))
    .map(folderOf);
}

/** The two configurations at the root reference every project, so that one command checks all. */
export const everyProjectReferenced: Rule = (files) => {
  const projects = projectFolders(files);
  return ['tsconfig.json', TESTS_PROJECT].flatMap((path): Finding[] => {
    const file = files.find((one) => one.path === path);
    if (file === undefined) return [{ path, what: 'is missing' }];
    const referenced = referencesOf(file).filter((reference) => reference !== TESTS_PROJECT);
    return [
      ...projects
        .filter((project) => !referenced.includes(project))
        .map((project) => ({ path, what: `does not reference ${project}` })),
      ...referenced
        .filter((reference) => !projects.includes(reference))
        .map((reference) => ({ path, what: `references ${reference}, which is no project` })),
    ];
  });
};

/** Project that a folder with a tsconfig.json stands for. */
function projectOfFolder(folder: string): string {
  return projectOf(`${folder}/tsconfig.json`)!;
}

/** References of a package go where its imports may go, and cover what it imports. */
export const referencesFollowArrows: Rule = (files) => {
  const findings: Finding[] = [];
  const configurations = files.filter(({ path }) => /^packages\/.*\/tsconfig\.json$/.test(path));
  const referenced = new Map<string, Set<string>>();
  for (const file of configurations) {
    const own = projectOfFolder(folderOf(file.path));
    const targets = referenced.get(own) ?? new Set<string>();
    referenced.set(own, targets);
    for (const folder of referencesOf(file)) {
      const target = projectOfFolder(folder);
      targets.add(target);
      if (target !== own && !below(own).has(target)) {
        const what = `references ${relative(folderOf(file.path), folder)} against the arrows`;
        findings.push({ path: file.path, what });
      }
    }
  }
  return [...findings, ...unreferencedImports(files, referenced)];
};

function unreferencedImports(
  files: readonly SourceFile[],
  referenced: ReadonlyMap<string, ReadonlySet<string>>,
): Finding[] {
  const missing = new Map<string, Finding>();
  for (const file of files) {
    const own = projectOf(file.path);
    if (own === undefined || own === TESTKIT || !file.isCode || file.isTest) continue;
    for (const { specifier } of importsOf(file)) {
      const target = projectOfSpecifier(specifier);
      if (target === undefined || target === own || referenced.get(own)?.has(target)) continue;
      const what = `no tsconfig.json of ${own} references ${target}`;
      missing.set(what, { path: packageFolder(file.path), what });
    }
  }
  return [...missing.values()];
}

/** Tests are compiled by the project at the root; a package must not build them. */
export const testsExcluded: Rule = (files) =>
  files
    .filter(({ path }) => /^packages\/.*\/tsconfig\.json$/.test(path))
    .filter(({ text }) => {
      const { exclude = [] } = JSON.parse(text) as Configuration;
      return !exclude.some((pattern) => pattern.endsWith('**/*.test.ts'));
    })
    .map(({ path }) => ({ path, what: 'does not exclude **/*.test.ts' }));

/** Pure packages compile with the language's own library and nothing of a platform. */
export const pureConfigurations: Rule = (files) => {
  const read = (path: string) => {
    const file = files.find((one) => one.path === path);
    return file === undefined ? undefined : (JSON.parse(file.text) as Configuration);
  };
  const base = read('tsconfig.base.json')?.compilerOptions;
  const isBasePure =
    JSON.stringify(base?.lib) === '["ES2022"]' && JSON.stringify(base?.types) === '[]';
  const findings: Finding[] = isBasePure
    ? []
    : [{ path: 'tsconfig.base.json', what: 'gives more than the language (lib, types)' }];
  for (const folder of projectFolders(files)) {
    if (!PURE_PACKAGES.includes(folder.split('/')[1] ?? '')) continue;
    if (folder === 'packages/protocol/adapters') continue;
    const path = `${folder}/tsconfig.json`;
    const { compilerOptions = {}, extends: parent = '' } = read(path)!;
    const isPure =
      compilerOptions.lib === undefined &&
      compilerOptions.types === undefined &&
      join(folder, parent) === 'tsconfig.base.json';
    if (!isPure) findings.push({ path, what: 'gives a pure package more than the language' });
  }
  return findings;
};
