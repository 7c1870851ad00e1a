import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { copyRepository } from './copied-repository.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: { readonly [door: string]: unknown };
}
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const copy = copyRepository();
const consumer = join(copy, '..', `${copy.split('/').at(-1)}-consumer`);
afterAll(() => {
  for (const folder of [copy, consumer]) rmSync(folder, { recursive: true, force: true });
});

function npm(folder: string, ...options: string[]): string {
  const script = process.env.npm_execpath;
  const [command, first] = script ? [process.execPath, [script]] : ['npm', []];
  return execFileSync(command, [...first, ...options, '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** A package that offers a file which is not there yet is being built. */
function isWhole(folder: string): boolean {
  const doors = Object.values(readManifest(folder).exports ?? {}).flatMap(pathsIn);
  const present = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  return doors.every((door) => present.has(door.replace(/^\.\//, '')));
}

function pathsIn(door: unknown): string[] {
  return typeof door === 'string' ? [door] : Object.values(door as object).flatMap(pathsIn);
}

const folders = readdirSync(join(copy, 'packages'))
  .map((name) => join(copy, 'packages', name))
  .filter((folder) => readManifest(folder).private !== true && isWhole(folder));
const packed: Packed[] = [];
const before = new Map(folders.map((folder) => [folder, snapshot(folder)]));

function snapshot(folder: string): string {
  return `${readdirSync(folder)}\n${readFileSync(join(folder, 'package.json'), 'utf8')}`;
}

/** Doors behind which a program stands: it starts when it is imported. */
const PROGRAM = /\/main$/;

/** Specifiers of all doors to import from, as a user of the package writes them. */
function doorsOf(name: string): string[] {
  const { exports = {} } = readManifest(join(consumer, 'node_modules', name));
  const doors = Object.keys(exports).filter((door) => !PROGRAM.test(door));
  return doors.map((door) => name + door.slice(1));
}

/** Files of the programs of a package. */
function programsOf(name: string): string[] {
  const folder = join(consumer, 'node_modules', name);
  const doors = Object.entries(readManifest(folder).exports ?? {});
  const programs = doors.filter(([door]) => PROGRAM.test(door)).map(([, file]) => file);
  return (programs as { default: string }[]).map((file) => join(folder, file.default));
}

function importAll(specifiers: readonly string[], node: string, ...options: string[]): string {
  const program = specifiers
    .map((specifier) => `console.log(Object.keys(await import('${specifier}')).length > 0);`)
    .join('\n');
  const all = [...options, '--input-type=module', '--eval', program];
  return execFileSync(node, all, { cwd: consumer, encoding: 'utf8' });
}

/** An older Node on the PATH, of those that can run the parts without a platform. */
function olderNode(): string | undefined {
  const candidates = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'));
  return candidates.find((node) => {
    try {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
      return /^v2[0-3]\./.test(version);
    } catch {
      return false;
    }
  });
}
const older = olderNode();

describe('packing', () => {
  beforeAll(() => {
    for (const folder of folders) {
      const answer = npm(folder, 'pack', '--json', '--pack-destination', copy);
      const json = JSON.parse(answer.slice(answer.indexOf('[')));
      packed.push(...(json as Packed[]));
    }
  });

  it('makes a file of every package that is published', () => {
    expect(packed.length).toBe(folders.length);
    const expected = ['protocol', 'ledger', 'engine', 'charts', 'server', 'vault', 'custodian'];
    expected.push('node', 'sdk', 'sandbox', 'cli');
    const names = packed.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(expected.map((name) => `@ward/${name}`)));
  });

  it('packs JavaScript, types and the licence, and no source or test', () => {
    for (const { name, files } of packed) {
      const paths = files.map(({ path }) => path);
      expect(paths, name).toContain('LICENSE');
      expect(paths.filter((path) => path.endsWith('.js')).length, name).toBeGreaterThan(0);
      const odd = paths.filter((path) => /(?<!\.d)\.tsx?$|\.test\.|tsbuildinfo/.test(path));
      expect(odd, name).toEqual([]);
    }
  });

  it('leaves the packages as they were', () => {
    for (const [folder, text] of before) {
      expect(snapshot(folder).replace(/\bdist,|,dist\b/, '')).toBe(text);
    }
  });

  describe('for an empty project', () => {
    beforeAll(() => {
      mkdirSync(consumer);
      const manifest = { name: 'consumer', version: '1.0.0', private: true, type: 'module' };
      writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest));
      const files = packed.map(({ filename }) => join(copy, filename));
      npm(consumer, 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', ...files);
    });

    it('gives packages that the pinned Node imports through every door', () => {
      const doors = packed.flatMap(({ name }) => doorsOf(name));
      expect(doors).toContain('@ward/protocol/crypto');
      const answer = importAll(doors, process.execPath);
      expect(answer.trim().split('\n')).toEqual(doors.map(() => 'true'));
    });

    it('gives programs that start, and say how', () => {
      const programs = packed.flatMap(({ name }) => programsOf(name));
      expect(programs.length).toBeGreaterThanOrEqual(3);
      for (const program of programs) {
        const answer = execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
        expect(answer, program).toContain('--home');
      }
    });

    it('gives a protocol that works under the adapter for browsers too', () => {
      const program = `
        import { toHex } from '@ward/protocol';
        import { loadCrypto } from '@ward/protocol/crypto';
        console.log(toHex((await loadCrypto()).sha256(new Uint8Array(0))).slice(0, 8));`;
      for (const options of [[], ['--conditions=browser']]) {
        const all = [...options, '--input-type=module', '--eval', program];
        const answer = execFileSync(process.execPath, all, { cwd: consumer, encoding: 'utf8' });
        expect(answer.trim()).toBe('e3b0c442');
      }
    });

    it.skipIf(older === undefined)('gives a protocol that an older Node imports too', () => {
      const doors = ['@ward/protocol', '@ward/protocol/crypto'];
      expect(importAll(doors, older!, '--conditions=browser').trim()).toBe('true\ntrue');
    });

    it('runs the quick start on what was packed, servers and all', () => {
      copyFileSync(join(REPOSITORY, 'examples', 'quick-start.ts'), join(consumer, 'start.ts'));
      const options = { cwd: consumer, encoding: 'utf8' } as const;
      const lines = execFileSync(process.execPath, ['start.ts'], options).trim().split('\n');
      expect(lines).toEqual([
        'opened: A visit, and nothing found.',
        expect.stringMatching(/^looked: .+, physician$/),
      ]);
    });

    it('gives types that the compiler finds', () => {
      const program = [
        "import { decodeCbor, type CborValue } from '@ward/protocol';",
        "import { loadCrypto } from '@ward/protocol/crypto';",
        'export const value: CborValue = decodeCbor(new Uint8Array(1));',
        'export const digest = async (): Promise<Uint8Array> =>',
        '  (await loadCrypto()).sha256(new Uint8Array(0));',
        '// @ts-expect-error the types are really there',
        'export const wrong: string = decodeCbor(new Uint8Array(1)) satisfies Date;',
      ].join('\n');
      writeFileSync(join(consumer, 'program.ts'), program);
      const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit'];
      const compiler = join(copy, 'node_modules', 'typescript', 'bin', 'tsc');
      const all = [compiler, ...options, '--skipLibCheck', '--types', '', 'program.ts'];
      execFileSync(process.execPath, all, { cwd: consumer, stdio: 'inherit' });
    });
  });
});
