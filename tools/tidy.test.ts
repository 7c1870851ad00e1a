import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './repository.ts';
import { contractFolders } from './tidy/contract-folders.ts';
import { deadFiles } from './tidy/dead-files.ts';
import { determinism } from './tidy/determinism.ts';
import { machinePaths, reminders } from './tidy/leftovers.ts';
import { fileNames, identifierNames } from './tidy/names.ts';
import { inWholePackages, packageDoorsOpen } from './tidy/package-doors.ts';
import { nameOf, type Rule } from './tidy/rule.ts';
import { fileLines, functionLines, lineColumns, testLines } from './tidy/sizes.ts';
import { loadSources } from './tidy/source-file.ts';
import { testForm } from './tidy/test-form.ts';

const RULES: { readonly [name: string]: Rule } = {
  'file-lines': fileLines,
  'function-lines': functionLines,
  'line-columns': lineColumns,
  'test-lines': inWholePackages(testLines),
  'file-names': fileNames,
  'identifier-names': identifierNames,
  determinism,
  reminders,
  'machine-paths': machinePaths,
  'test-form': testForm,
  'package-doors': packageDoorsOpen,
  'dead-files': inWholePackages(deadFiles),
  'contract-folders': inWholePackages(contractFolders),
};

/** Known exceptions by rule. The list may only shrink. */
const exceptions = JSON.parse(
  readFileSync(join(REPOSITORY, 'tools', 'tidy-exceptions.json'), 'utf8'),
) as { readonly [rule: string]: readonly string[] };

const files = loadSources();

describe('the repository keeps its budgets', () => {
  it.each(Object.entries(RULES))('keeps the rule of %s', (name, rule) => {
    const known = new Set(exceptions[name]);
    const findings = rule(files);
    const fresh = findings
      .filter((finding) => !known.has(nameOf(finding)))
      .map((finding) => `${nameOf(finding)}${finding.line ? ` (line ${finding.line})` : ''}`);
    expect(fresh).toEqual([]);
    const found = new Set(findings.map(nameOf));
    const mended = [...known].filter((exception) => !found.has(exception));
    expect(mended, 'mended: take these out of tools/tidy-exceptions.json').toEqual([]);
  });

  it('lists exceptions only of rules that there are', () => {
    expect(Object.keys(exceptions).filter((name) => RULES[name] === undefined)).toEqual([]);
  });

  it('leaves any, console and import cycles to the linter, as errors', () => {
    const { linter } = JSON.parse(readFileSync(join(REPOSITORY, 'biome.json'), 'utf8'));
    const wanted = { noExplicitAny: 'error', noConsole: 'error', noImportCycles: 'error' };
    expect(linter.rules.suspicious).toMatchObject(wanted);
  });
});
