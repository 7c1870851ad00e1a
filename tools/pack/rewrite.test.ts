import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { listFiles } from '../tidy/source-file.ts';
import { rewriteDeclaration, rewriteManifest, rewriteScript } from './rewrite.mjs';

const script = (text: string) => rewriteScript(text, 'a.ts');

describe('a packed script', () => {
  it('starts its workers from JavaScript', () => {
    expect(script("new Worker(new URL('./verify-worker.ts', import.meta.url))").text).toBe(
      "new Worker(new URL('./verify-worker.js', import.meta.url))",
    );
    expect(script('new URL(\n  "../a/b.ts",\n  import.meta.url,\n)').text).toContain('"../a/b.js"');
  });

  it('names the other files that it reads, so that they are packed', () => {
    const { text, assets } = script("readFileSync(new URL('./words.txt', import.meta.url))");
    expect(assets).toEqual(['./words.txt']);
    expect(text).toContain('./words.txt');
  });

  it.each([
    "fork('./child.ts')",
    'spawn(process.execPath, [`./child.ts`])',
    "new URL('child.ts', base)",
  ])('is refused when it names TypeScript in another way: %s', (text) => {
    expect(() => script(text)).toThrow('which packing knows');
  });

  it('may speak of TypeScript in comments', () => {
    expect(script("// see 'tree.ts'\n * 'log.ts'\nexport const a = 1;").assets).toEqual([]);
  });
});

/** Specifiers and types with them: the compiler changes or drops these itself. */
const COMPILED = /(from\s*|import\s*\(\s*|import\s+)(['"])([^'"]+)\.tsx?\2/g;

describe('the sources of what is published', () => {
  const sources = listFiles().filter(
    (path) =>
      /^packages\/.*\.ts$/.test(path) &&
      !/\.(test|d)\.ts$|\/dist\/|^packages\/testkit\//.test(path),
  );

  it('have no code called README or LICENSE, which npm packs whatever a package lists', () => {
    const packed = listFiles().filter((path) =>
      /^packages\/[^/]+\/(readme|licen[cs]e)/i.test(path),
    );
    expect(packed.filter((path) => path.endsWith('.ts'))).toEqual([]);
  });

  it('name TypeScript in no way that packing does not know', () => {
    expect(sources.length).toBeGreaterThan(300);
    for (const path of sources) {
      const text = readFileSync(join(REPOSITORY, path), 'utf8');
      const compiled = text.replaceAll(COMPILED, '$1$2$3.js$2');
      expect(() => rewriteScript(compiled, path)).not.toThrow();
    }
  });
});

describe('a packed declaration', () => {
  it('imports JavaScript, however it imports', () => {
    expect(
      rewriteDeclaration(
        'import { a } from \'./a.ts\';\nexport * from "../b/c.ts";\n' +
          "declare const d: import('./d.ts').D;\nimport './e.ts';",
      ),
    ).toBe(
      'import { a } from \'./a.js\';\nexport * from "../b/c.js";\n' +
        "declare const d: import('./d.js').D;\nimport './e.js';",
    );
  });

  it('leaves packages alone', () => {
    expect(rewriteDeclaration("import type { T } from 'typebox';")).toContain("'typebox'");
  });
});

describe('a packed manifest', () => {
  it('offers types and JavaScript, by condition and door', () => {
    const manifest = {
      name: '@ward/a',
      exports: {
        '.': './index.ts',
        './x': { browser: './b.ts', default: './n.ts' },
        './j': './j.json',
      },
      bin: { ward: './ward.ts' },
      scripts: { prepack: 'x' },
      devDependencies: { vitest: '1.0.0' },
      dependencies: { typebox: '1.0.0' },
    };
    expect(rewriteManifest(manifest, './dist/package')).toEqual({
      name: '@ward/a',
      exports: {
        '.': { types: './dist/package/index.d.ts', default: './dist/package/index.js' },
        './x': {
          browser: { types: './dist/package/b.d.ts', default: './dist/package/b.js' },
          default: { types: './dist/package/n.d.ts', default: './dist/package/n.js' },
        },
        './j': './j.json',
      },
      bin: { ward: './dist/package/ward.js' },
      dependencies: { typebox: '1.0.0' },
    });
  });

  it('names a lone program after the package', () => {
    const { bin } = rewriteManifest({ name: '@ward/cli', bin: './ward.ts' }, './d');
    expect(bin).toEqual({ cli: './d/ward.js' });
  });
});
