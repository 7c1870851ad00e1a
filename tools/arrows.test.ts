import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './arrows/arrows.ts';
import { importArrows } from './arrows/imports.ts';
import {
  dependenciesExplained,
  manifestsAgree,
  packagesPack,
  unapprovedScripts,
} from './arrows/manifests.ts';
import {
  everyProjectReferenced,
  pureConfigurations,
  referencesFollowArrows,
  testsExcluded,
} from './arrows/references.ts';
import { REPOSITORY } from './repository.ts';
import { inWholePackages } from './tidy/package-doors.ts';
import { nameOf, type Rule } from './tidy/rule.ts';
import { loadSources, SourceFile } from './tidy/source-file.ts';

const files = loadSources();

const RULES: { readonly [name: string]: Rule } = {
  'imports follow the arrows': importArrows,
  'manifests agree with imports': inWholePackages(manifestsAgree),
  'dependencies are explained': dependenciesExplained,
  'packages can be packed': packagesPack,
  'every project is referenced from the root': everyProjectReferenced,
  'references follow the arrows': referencesFollowArrows,
  'packages do not build their tests': testsExcluded,
  'pure packages compile purely': pureConfigurations,
};

describe('the packages of the repository', () => {
  it.each(Object.entries(RULES))('keep the rule that %s', (_, rule) => {
    expect(rule(files).map(nameOf), '`npm run wire` mends references and packing').toEqual([]);
  });
});

describe('the lock file', () => {
  const lock = readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8');

  it('has no dependency with an install script that nobody approved', () => {
    expect(unapprovedScripts(lock)).toEqual([]);
    const scripted = JSON.stringify({ packages: { 'node_modules/x': { hasInstallScript: true } } });
    expect(unapprovedScripts(scripted)).toEqual(['node_modules/x']);
  });

  it('names no address of a registry', () => {
    expect(lock).not.toMatch(/"resolved": "https?:/);
  });
});

function findings(rule: Rule, sources: { readonly [path: string]: string }): string[] {
  return rule(Object.entries(sources).map(([path, text]) => new SourceFile(path, text))).map(
    ({ what }) => what,
  );
}

describe('the arrows', () => {
  it('reach down any number of steps, and never up', () => {
    expect(below('cli')).toContain('protocol');
    expect(below('vault')).toContain('ledger/schema');
    expect(below('vault')).not.toContain('ledger');
    expect(below('protocol').size).toBe(0);
  });

  it.each([
    ['packages/protocol/a.ts', '@ward/ledger'],
    ['packages/charts/a.ts', '@ward/ledger'],
    ['packages/vault/a.ts', '@ward/sdk'],
    ['packages/node/a.ts', '@ward/testkit'],
    ['packages/ledger/schema/a.ts', '@ward/charts'],
    ['packages/protocol/cbor/a.ts', 'node:fs'],
    ['packages/charts/a.ts', 'crypto'],
    ['packages/ledger/a.ts', '@ward/protocol/crypto'],
    ['packages/vault/a.ts', '../custodian/a.ts'],
    ['packages/unheard-of/a.ts', './b.ts'],
  ])('refuse in %s an import of %s', (path, specifier) => {
    expect(findings(importArrows, { [path]: `import '${specifier}';` })).toHaveLength(1);
  });

  it.each([
    ['packages/protocol/adapters/a.ts', 'node:crypto'],
    ['packages/charts/a.ts', '@ward/ledger/schema'],
    ['packages/charts/a.test.ts', '@ward/protocol/crypto'],
    ['packages/engine/a.test.ts', '@ward/testkit'],
    ['packages/protocol/a.test.ts', 'node:fs'],
    ['packages/testkit/a.ts', '@ward/node'],
  ])('allow in %s an import of %s', (path, specifier) => {
    expect(findings(importArrows, { [path]: `import '${specifier}';` })).toEqual([]);
  });
});

describe('manifests and references', () => {
  const manifest = (dependencies: object) => JSON.stringify({ name: '@ward/vault', dependencies });

  it('find what is imported and not listed, listed and not imported, or not pinned', () => {
    const path = 'packages/vault/package.json';
    const source = { 'packages/vault/a.ts': "import 'pino'; import 'node:fs';" };
    expect(findings(manifestsAgree, { ...source, [path]: manifest({ pino: '1.0.0' }) })).toEqual(
      [],
    );
    expect(findings(manifestsAgree, { ...source, [path]: manifest({}) })).toEqual([
      'pino is imported, and is no dependency',
    ]);
    const two = manifest({ pino: '^1.0.0', fastify: '5.0.0' });
    expect(findings(manifestsAgree, { ...source, [path]: two })).toEqual([
      'fastify is a dependency that no source imports',
      'pino is not pinned to one version',
    ]);
    expect(findings(dependenciesExplained, { [path]: manifest({ pino: '1.0.0' }) })).toHaveLength(
      1,
    );
  });

  it('find a package that npm could not pack', () => {
    const path = 'packages/vault/package.json';
    const own = (change: object) =>
      JSON.stringify({
        name: '@ward/vault',
        description: 'A vault',
        license: 'Apache-2.0',
        files: ['dist/package'],
        scripts: {
          prepack: 'node ../../tools/pack/prepack.mjs',
          postpack: 'node ../../tools/pack/postpack.mjs',
        },
        ...change,
      });
    expect(findings(packagesPack, { [path]: own({}) })).toEqual([]);
    const changes = [{ files: ['dist'] }, { scripts: {} }, { license: 'MIT' }, { description: '' }];
    for (const change of changes) {
      expect(findings(packagesPack, { [path]: own(change) })).toHaveLength(1);
      expect(findings(packagesPack, { [path]: own({ ...change, private: true }) })).toEqual([]);
    }
  });

  it('find a project that the root does not reference', () => {
    const root = JSON.stringify({ references: [{ path: 'packages/vault' }] });
    const sources = { 'tsconfig.json': root, 'tsconfig.tests.json': root };
    expect(
      findings(everyProjectReferenced, { ...sources, 'packages/vault/tsconfig.json': '{}' }),
    ).toEqual([]);
    expect(
      findings(everyProjectReferenced, { ...sources, 'packages/sdk/tsconfig.json': '{}' }),
    ).toHaveLength(4);
  });

  it('find a reference against the arrows, and an import without a reference', () => {
    const path = 'packages/vault/tsconfig.json';
    const up = JSON.stringify({ references: [{ path: '../node' }] });
    expect(findings(referencesFollowArrows, { [path]: up })).toHaveLength(1);
    const source = { 'packages/vault/a.ts': "import '@ward/charts';" };
    expect(findings(referencesFollowArrows, { [path]: '{}', ...source })).toHaveLength(1);
    const down = JSON.stringify({ references: [{ path: '../charts' }] });
    expect(findings(referencesFollowArrows, { [path]: down, ...source })).toEqual([]);
  });

  it('find a package that would build its tests', () => {
    const path = 'packages/vault/tsconfig.json';
    const own = (exclude: string[]) => JSON.stringify({ exclude });
    expect(findings(testsExcluded, { [path]: own(['dist', '**/*.test.ts']) })).toEqual([]);
    expect(findings(testsExcluded, { [path]: own(['dist']) })).toHaveLength(1);
  });

  it('find a pure package that compiles with a platform', () => {
    const base = JSON.stringify({ compilerOptions: { lib: ['ES2022'], types: [] } });
    const own = (compilerOptions: object) =>
      JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions });
    const path = 'packages/charts/tsconfig.json';
    expect(findings(pureConfigurations, { 'tsconfig.base.json': base, [path]: own({}) })).toEqual(
      [],
    );
    const dom = own({ lib: ['ES2022', 'DOM'] });
    expect(findings(pureConfigurations, { 'tsconfig.base.json': base, [path]: dom })).toHaveLength(
      1,
    );
    expect(findings(pureConfigurations, { [path]: own({}) })).toHaveLength(1);
  });
});
