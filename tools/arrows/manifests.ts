import { isBuiltin } from 'node:module';
import { importsOf, packageOf } from '../tidy/imports.ts';
import type { Finding, Rule } from '../tidy/rule.ts';
import type { SourceFile } from '../tidy/source-file.ts';
import { packageFolder } from './arrows.ts';

interface Versions {
  readonly [name: string]: string;
}
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly description?: string;
  readonly files?: readonly string[];
  readonly scripts?: { readonly [name: string]: string };
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly devDependencies?: Versions;
}

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Packages that the files name, by name. */
function importedPackages(files: readonly SourceFile[], own: string): Set<string> {
  const specifiers = files.flatMap((file) => importsOf(file).map(({ specifier }) => specifier));
  const names = specifiers
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map(packageOf);
  return new Set(names.filter((name) => name !== own));
}

function checkManifest(
  { path, manifest }: { path: string; manifest: Manifest },
  files: readonly SourceFile[],
  root: Manifest,
): Finding[] {
  const folder = packageFolder(path);
  const code = files.filter((file) => file.isCode && file.path.startsWith(`${folder}/`));
  const product = importedPackages(
    code.filter((file) => !file.isTest),
    manifest.name,
  );
  const tests = importedPackages(
    code.filter((file) => file.isTest),
    manifest.name,
  );
  const runtime = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const any = { ...runtime, ...manifest.devDependencies, ...root.devDependencies };
  const report = (what: string): Finding => ({ path, what });
  return [
    ...[...product]
      .filter((name) => runtime[name] === undefined)
      .map((name) => report(`${name} is imported, and is no dependency`)),
    ...[...tests]
      .filter((name) => any[name] === undefined)
      .map((name) => report(`${name} is imported by tests, and is no dependency for them`)),
    ...Object.keys(runtime)
      .filter((name) => !product.has(name))
      .map((name) => report(`${name} is a dependency that no source imports`)),
    ...Object.entries({ ...runtime, ...manifest.devDependencies })
      .filter(([, version]) => !EXACT.test(version))
      .map(([name]) => report(`${name} is not pinned to one version`)),
  ];
}

/** Every package lists what it imports and imports what it lists, each at one exact version. */
export const manifestsAgree: Rule = (files) => {
  const manifests = files
    .filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map(({ path, text }) => ({ path, manifest: JSON.parse(text) as Manifest }));
  const rootText = files.find(({ path }) => path === 'package.json')?.text ?? '{}';
  const root = JSON.parse(rootText) as Manifest;
  const rootPins = Object.entries({ ...root.devDependencies, ...root.optionalDependencies });
  return [
    ...manifests.flatMap((one) => checkManifest(one, files, root)),
    ...rootPins
      .filter(([, version]) => !EXACT.test(version))
      .map(([name]) => ({ path: 'package.json', what: `${name} is not pinned to one version` })),
  ];
};

/** What a package that is published says of itself, so that `npm pack` builds it. */
export const PUBLISHED = {
  license: 'Apache-2.0',
  files: ['dist/package'],
  prepack: 'node ../../tools/pack/prepack.mjs',
  postpack: 'node ../../tools/pack/postpack.mjs',
};

/** Every package that is not private can be packed. */
export const packagesPack: Rule = (files) =>
  files
    .filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map(({ path, text }) => ({ path, manifest: JSON.parse(text) as Manifest }))
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ path, manifest }) => {
      const { license, scripts } = manifest;
      const { prepack, postpack } = scripts ?? {};
      const own = { license, files: manifest.files, prepack, postpack };
      const isRight = JSON.stringify(own) === JSON.stringify(PUBLISHED);
      const what = `is published, and has not ${JSON.stringify(PUBLISHED)}`;
      return isRight && manifest.description ? [] : [{ path, what }];
    });

/** Install scripts that somebody has read and approved, by path in the lock file. */
const APPROVED_SCRIPTS: readonly string[] = [];

/** No dependency runs a program when it is installed. */
export function unapprovedScripts(lock: string): string[] {
  const { packages } = JSON.parse(lock) as {
    packages: { readonly [path: string]: { readonly hasInstallScript?: boolean } };
  };
  return Object.entries(packages)
    .filter(([path, { hasInstallScript }]) => hasInstallScript && !APPROVED_SCRIPTS.includes(path))
    .map(([path]) => path);
}

/** docs/dependencies.md gives a reason for each dependency that a user of Ward will have. */
export const dependenciesExplained: Rule = (files) => {
  const page = files.find(({ path }) => path === 'docs/dependencies.md')?.text ?? '';
  return files
    .filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path))
    .flatMap(({ path, text }) => {
      const manifest = JSON.parse(text) as Manifest;
      if (manifest.name === '@ward/testkit') return [];
      return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
        .filter((name) => !name.startsWith('@ward/') && !page.includes(`\`${name}\``))
        .map((name) => ({ path, what: `docs/dependencies.md does not say why ${name}` }));
    });
};
