import { type Finding, perFile, type Rule } from './rule.ts';
import { type SourceFile, type SyntaxNode, visit } from './source-file.ts';

/** Members whose answer may differ from one machine, locale, engine or moment to the next. */
const FORBIDDEN_MEMBERS = new Set([
  ...['localeCompare', 'toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'normalize'],
]);
const FORBIDDEN_GLOBALS = new Set([
  ...['Date', 'Intl', 'Promise', 'WeakRef', 'FinalizationRegistry', 'Atomics', 'eval'],
]);
/** The rest of Math is floating point, or random. */
const EXACT_MATH = new Set([
  ...['abs', 'ceil', 'clz32', 'floor', 'imul', 'max', 'min', 'sign', 'trunc'],
]);

/** The state machine, and the consent contract that custodians run. */
function isDeterministic({ path, isCode, isTest }: SourceFile): boolean {
  if (!isCode || isTest) return false;
  return path.startsWith('packages/ledger/') || path === 'packages/charts/opening/decide.ts';
}

/** Clients use these files too; only they may wait for a node. */
function mayWait({ path }: SourceFile): boolean {
  return path.startsWith('packages/ledger/schema/');
}

function identifierOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as { type?: string; name?: string };
  return type === 'Identifier' ? name : undefined;
}

function forbiddenMember(node: SyntaxNode): string | undefined {
  const object = identifierOf(node.object);
  const property = node.computed === true ? undefined : identifierOf(node.property);
  if (property === undefined) return undefined;
  if (object === 'JSON' && property === 'stringify') return 'JSON.stringify';
  if (object === 'Math' && !EXACT_MATH.has(property)) return `Math.${property}`;
  return FORBIDDEN_MEMBERS.has(property) ? property : undefined;
}

function isDecimal(node: SyntaxNode): boolean {
  if (node.type !== 'Literal' || typeof node.value !== 'number') return false;
  return !Number.isInteger(node.value) || /[.e]/i.test(String(node.raw).replace(/^0x.*/i, ''));
}

function forbidden(node: SyntaxNode, file: SourceFile): string | undefined {
  if (node.type === 'MemberExpression') return forbiddenMember(node);
  if (isDecimal(node)) return `the decimal ${String(node.raw)}`;
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const name = identifierOf(node.callee);
    return name !== undefined && FORBIDDEN_GLOBALS.has(name) ? name : undefined;
  }
  if (mayWait(file)) return undefined;
  if (node.type === 'AwaitExpression') return 'await';
  return node.async === true ? 'async' : undefined;
}

function globalOfMember(node: SyntaxNode, file: SourceFile): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const object = identifierOf(node.object);
  if (object === 'Promise' && mayWait(file)) return undefined;
  return object !== undefined && FORBIDDEN_GLOBALS.has(object) ? object : undefined;
}

export const determinism: Rule = perFile(isDeterministic, (file) => {
  const findings: Finding[] = [];
  visit(file.parsed.program, (node) => {
    const word = forbidden(node, file) ?? globalOfMember(node, file);
    if (word === undefined) return;
    const what = `${word} is not deterministic`;
    findings.push({ path: file.path, line: file.lineAt(node.start), what });
  });
  return findings;
});
