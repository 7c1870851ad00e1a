import { type Finding, perFile, type Rule } from './rule.ts';
import { type SourceFile, type SyntaxNode, visit } from './source-file.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;
const COLUMNS_MAX = 100;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export const fileLines: Rule = perFile(
  (file) => file.isCode,
  ({ path, lines }) =>
    lines.length > FILE_LINES_MAX ? [{ path, what: `more than ${FILE_LINES_MAX} lines` }] : [],
);

export const lineColumns: Rule = perFile(
  (file) => file.isCode,
  ({ path, lines }) => {
    const long = lines.findIndex((line) => [...line].length > COLUMNS_MAX);
    if (long < 0) return [];
    return [{ path, line: long + 1, what: `a line of more than ${COLUMNS_MAX} columns` }];
  },
);

/** A test group is a chapter, not a function: its tests are measured one by one. */
function isTestGroup(around: readonly SyntaxNode[]): boolean {
  const call = around.at(-1);
  let callee = call?.type === 'CallExpression' ? (call.callee as SyntaxNode) : undefined;
  while (callee?.type === 'CallExpression' || callee?.type === 'MemberExpression') {
    callee = (callee.callee ?? callee.object) as SyntaxNode;
  }
  return callee?.type === 'Identifier' && callee.name === 'describe';
}

/** Test files, and the suites that testkit runs for several of them. */
function hasTests({ isTest, path }: SourceFile): boolean {
  return isTest || path.startsWith('packages/testkit/');
}

function nameOfFunction(node: SyntaxNode, around: readonly SyntaxNode[]): string {
  const holder = around.at(-1);
  const named = [node.id, holder?.id, holder?.key].find(
    (name) => (name as SyntaxNode | null | undefined)?.type === 'Identifier',
  ) as SyntaxNode | undefined;
  return (named?.name as string | undefined) ?? 'a function without a name';
}

export const functionLines: Rule = perFile(
  (file) => file.isCode,
  (file: SourceFile) => {
    const findings: Finding[] = [];
    visit(file.parsed.program, (node, around) => {
      if (!FUNCTIONS.has(node.type)) return;
      const line = file.lineAt(node.start);
      const lines = file.lineAt(node.end) - line + 1;
      if (lines <= FUNCTION_LINES_MAX || (hasTests(file) && isTestGroup(around))) return;
      const name = nameOfFunction(node, around);
      const what = `${name} has more than ${FUNCTION_LINES_MAX} lines`;
      findings.push({ path: file.path, line, what });
    });
    return findings;
  },
);

const MEASURED_PACKAGES = ['protocol', 'ledger', 'engine'];

function codeLines(files: readonly SourceFile[]): number {
  return files.reduce((sum, { lines }) => sum + lines.filter((l) => l.trim() !== '').length, 0);
}

export const testLines: Rule = (files) =>
  MEASURED_PACKAGES.flatMap((name) => {
    const path = `packages/${name}`;
    const own = files.filter((file) => file.isCode && file.path.startsWith(`${path}/`));
    const tests = codeLines(own.filter((file) => file.isTest));
    const sources = codeLines(own.filter((file) => !file.isTest));
    return tests < sources ? [{ path, what: 'fewer lines of tests than of source' }] : [];
  });
