import { describe, expect, it } from 'vitest';
import { contractFolders } from './contract-folders.ts';
import { deadFiles } from './dead-files.ts';
import { determinism } from './determinism.ts';
import { machinePaths, reminders } from './leftovers.ts';
import { fileNames, identifierNames } from './names.ts';
import { inWholePackages, packageDoorsOpen } from './package-doors.ts';
import type { Rule } from './rule.ts';
import { fileLines, functionLines, lineColumns, testLines } from './sizes.ts';
import { SourceFile } from './source-file.ts';
import { testForm } from './test-form.ts';

type Sources = { readonly [path: string]: string };

function findings(rule: Rule, sources: Sources): string[] {
  const files = Object.entries(sources).map(([path, text]) => new SourceFile(path, text));
  return rule(files).map(({ path, what }) => `${path}: ${what}`);
}

const PROTOCOL = 'packages/protocol/a.ts';
const LEDGER = 'packages/ledger/a.ts';

describe('sizes', () => {
  it('allows 400 lines and no more', () => {
    expect(findings(fileLines, { [PROTOCOL]: 'a;\n'.repeat(400) })).toEqual([]);
    expect(findings(fileLines, { [PROTOCOL]: 'a;\n'.repeat(401) })).toHaveLength(1);
  });

  it('measures columns in characters, in code only', () => {
    expect(findings(lineColumns, { [PROTOCOL]: `${'é'.repeat(100)}\n` })).toEqual([]);
    expect(findings(lineColumns, { [PROTOCOL]: 'a'.repeat(101) })).toHaveLength(1);
    expect(findings(lineColumns, { 'README.md': 'a'.repeat(101) })).toEqual([]);
  });

  it('names the function that is too long, and spares groups of tests', () => {
    const long = (head: string) => `${head} {\n${'  a;\n'.repeat(59)}}`;
    expect(findings(functionLines, { [PROTOCOL]: long('function f()') })).toEqual([
      `${PROTOCOL}: f has more than 60 lines`,
    ]);
    expect(findings(functionLines, { [PROTOCOL]: `${long('const g = () =>')};` })).toEqual([
      `${PROTOCOL}: g has more than 60 lines`,
    ]);
    expect(findings(functionLines, { [PROTOCOL]: long('class A { m()').concat('}') })).toEqual([
      `${PROTOCOL}: m has more than 60 lines`,
    ]);
    const group = `${long("describe('x', () =>")});`;
    expect(findings(functionLines, { 'packages/a/a.test.ts': group })).toEqual([]);
    expect(
      findings(functionLines, { 'packages/a/a.test.ts': group.replace('describe', 'it') }),
    ).toHaveLength(1);
  });

  it('asks for as many lines of tests as of source', () => {
    const test = 'packages/protocol/a.test.ts';
    expect(findings(testLines, { [PROTOCOL]: 'a;\n\nb;\n', [test]: 'a;\nb;\n' })).toEqual([]);
    expect(findings(testLines, { [PROTOCOL]: 'a;\nb;\n', [test]: 'a;\n\n\n' })).toHaveLength(1);
    expect(findings(testLines, { 'packages/vault/a.ts': 'a;' })).toEqual([]);
  });
});

describe('names', () => {
  it('takes kebab-case, and no word that says nothing', () => {
    const good = [
      ...['packages/a/light-client.slow.test.ts', 'tools/bootstrap.mjs', '.ci/x.sh'],
      'packages/sdk/key-service/key-service-state.ts',
    ];
    for (const path of good) expect(findings(fileNames, { [path]: '' })).toEqual([]);
    const bad = ['packages/a/lightClient.ts', 'packages/a/utils.ts', 'packages/a/user-info/a.ts'];
    for (const path of bad) expect(findings(fileNames, { [path]: '' })).toHaveLength(1);
  });

  it.each([
    'const tx = 1;',
    'function f(msg: string) {}',
    'const { data: ctx } = a;',
    'const [keyHelpers] = a;',
    'class SlotManager {}',
    'interface UserData {}',
    'type KeyInfo = 1;',
    'const f = (slotAddr = 1) => slotAddr;',
  ])('refuses the name in: %s', (source) => {
    expect(findings(identifierNames, { [PROTOCOL]: source })).toHaveLength(1);
  });

  it.each([
    'const { tx } = a;',
    'const serviceKey = 1;',
    'class KeyService {}',
    'const { data } = error;',
    'const info = context();',
    'interface DataOf {}',
    'const transaction = 1;',
  ])('takes the name in: %s', (source) => {
    expect(findings(identifierNames, { [PROTOCOL]: source })).toEqual([]);
  });
});

describe('determinism', () => {
  it.each([
    'a.localeCompare(b)',
    'JSON.stringify(a)',
    'new Date()',
    'Date.now()',
    'Math.random()',
    'Math.sqrt(2)',
    'const a = 0.5',
    'const a = 1e3',
    'async function f() {}',
    'Promise.resolve()',
  ])('refuses in the ledger: %s', (source) => {
    expect(findings(determinism, { [LEDGER]: source })).not.toEqual([]);
    expect(findings(determinism, { 'packages/charts/opening/decide.ts': source })).not.toEqual([]);
    expect(findings(determinism, { 'packages/vault/a.ts': source })).toEqual([]);
    expect(findings(determinism, { 'packages/ledger/a.test.ts': source })).toEqual([]);
  });

  it('takes exact arithmetic, and waiting in the part that clients use', () => {
    expect(findings(determinism, { [LEDGER]: 'Math.floor(a / 0xe1); a ** 31' })).toEqual([]);
    const waits = 'async function f() { await Promise.all([]); }';
    expect(findings(determinism, { 'packages/ledger/schema/a.ts': waits })).toEqual([]);
  });
});

describe('leftovers', () => {
  it('refuses comments that put work off, and compilers told to be silent', () => {
    const words = [
      ['TO', 'DO'],
      ['FIX', 'ME'],
      ['@ts-', 'ignore'],
      ['@ts-', 'nocheck'],
    ];
    for (const word of words) {
      const source = `// ${word.join('')} later\n`;
      expect(findings(reminders, { [PROTOCOL]: source })).toHaveLength(1);
    }
    expect(findings(reminders, { [PROTOCOL]: '// what is to do\nconst todo = 1;' })).toEqual([]);
  });

  it('refuses folders of one machine and hosts of registries', () => {
    const folders = ['wo.rk', 'ho.me', 'ro.ot', 'tm.p'].map((name) => name.replace('.', ''));
    for (const folder of folders) {
      expect(findings(machinePaths, { 'a.md': `see /${folder}/main` })).toHaveLength(1);
    }
    expect(findings(machinePaths, { 'a.md': `https://registry.${'npmjs'}.org` })).toHaveLength(1);
    expect(findings(machinePaths, { 'a.md': 'see ./work/x, a/tmp/b and /v1/slots' })).toEqual([]);
  });
});

describe('tests', () => {
  const test = 'packages/a/a.test.ts';

  it.each([
    "it.only('refuses a late entry', f)",
    "describe.skip('late entries', f)",
    "test.todo('refuses a late entry')",
    "it('works')",
    "it('late entry')",
    "it('refuses a late entry.')",
    "it('should refuse late entries')",
    "it.each(rows)('%s', f)",
    'it(title, f)',
  ])('refuses the form: %s', (source) => {
    expect(findings(testForm, { [test]: source })).toHaveLength(1);
  });

  it.each([
    "it('refuses a late entry', f)",
    "it.each(rows)('refuses the entry %s', f)",
    "it.each(rows)('refuses %s', f)",
    "it.each(rows)('refuses $name', f)",
    "describe.skipIf(isBare)('cases of others', f)",
    "it.skipIf(isBare)('refuses a late entry', f)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of a template
    'it(`gives the verdict of ${name}`, f)',
  ])('takes the form: %s', (source) => {
    expect(findings(testForm, { [test]: source })).toEqual([]);
  });
});

describe('packages', () => {
  const manifest = JSON.stringify({
    name: '@ward/a',
    exports: { '.': './index.ts', './b': { default: './b.ts' } },
  });
  const base = { 'packages/a/package.json': manifest, 'packages/a/b.ts': '' };

  it('finds files that nothing imports, through every kind of import', () => {
    const used = {
      ...base,
      'packages/a/index.ts': "import './c.ts'; export * from './d.ts'; import('./e.ts');",
      'packages/a/c.ts': "new Worker(new URL('./f.ts', import.meta.url))",
      'packages/a/d.ts': '',
      'packages/a/e.ts': '',
      'packages/a/f.ts': '',
      'packages/a/x.d.ts': '',
    };
    expect(findings(deadFiles, used)).toEqual([]);
    expect(findings(deadFiles, { ...used, 'packages/a/g.ts': '' })).toEqual([
      'packages/a/g.ts: nothing imports it',
    ]);
  });

  it('finds doors without a file, and waits with other rules until they are there', () => {
    const unfinished = { ...base, 'packages/a/g.ts': '' };
    expect(findings(packageDoorsOpen, unfinished)).toEqual([
      'packages/a: offers index.ts, which is not there',
    ]);
    expect(findings(inWholePackages(deadFiles), unfinished)).toEqual([]);
    const finished = { ...unfinished, 'packages/a/index.ts': '' };
    expect(findings(inWholePackages(deadFiles), finished)).toHaveLength(1);
  });

  it('asks every contract for its files and a handler for each message', () => {
    const folder = 'packages/ledger/contracts/slots/';
    const files = ['README.md', 'messages.ts', 'state.ts', 'index.ts', 'slots.test.ts'];
    const complete = Object.fromEntries(files.map((file) => [folder + file, '']));
    complete['packages/ledger/contracts/built-in.ts'] = '';
    expect(findings(contractFolders, complete)).toEqual([]);
    const messages = "defineMessage('slots', 'WriteSlots', {})";
    expect(findings(contractFolders, { ...complete, [`${folder}messages.ts`]: messages })).toEqual([
      `${folder}: has no write-slots.ts`,
    ]);
    expect(findings(contractFolders, { [`${folder}state.ts`]: '' })).toHaveLength(4);
  });
});
