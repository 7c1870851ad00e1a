import { type Finding, perFile, type Rule } from './rule.ts';
import { type SourceFile, type SyntaxNode, visit } from './source-file.ts';

const TEST_WORDS = new Set(['it', 'test', 'describe', 'bench', 'suite']);
const FORBIDDEN_FORMS = new Set(['skip', 'only', 'todo', 'fails', 'runIf']);
const WORDS_MIN = 3;

/** `it.each(table)('title', …)`: the word it began with, and the forms on the way. */
function chainOf(callee: unknown): { root: string | undefined; forms: string[] } {
  const forms: string[] = [];
  let node = callee as SyntaxNode | undefined;
  while (node?.type === 'MemberExpression' || node?.type === 'CallExpression') {
    if (node.type === 'MemberExpression') {
      forms.push(String((node.property as SyntaxNode).name));
      node = node.object as SyntaxNode;
    } else node = node.callee as SyntaxNode;
  }
  return { root: node?.type === 'Identifier' ? (node.name as string) : undefined, forms };
}

function titleOf(node: SyntaxNode): string | undefined {
  const first = (node.arguments as SyntaxNode[])[0];
  if (first?.type === 'Literal' && typeof first.value === 'string') return first.value;
  if (first?.type !== 'TemplateLiteral') return undefined;
  const pieces = first.quasis as { value: { cooked: string } }[];
  return pieces.map(({ value }) => value.cooked).join('x');
}

/** A place that a table fills, `%s` or `$name`, stands for the words of its rows. */
function isSentence(title: string): boolean {
  const words = title.trim().split(/\s+/);
  const isFilled = words.length > 1 && /%[sdijo]|\$\w/.test(title);
  const isBare = (words.length < WORDS_MIN && !isFilled) || /^(should|test|works)\b/i.test(title);
  return !isBare && !title.endsWith('.');
}

function isTestCall(node: SyntaxNode, root: string | undefined, forms: string[]): boolean {
  const isTable = ['each', 'for', 'skipIf', 'prop'].includes(forms[0] ?? '');
  const callee = node.callee as SyntaxNode;
  // it.each(table) makes a function: only the call of that function has a title.
  if (isTable && callee.type === 'MemberExpression') return false;
  return root === 'it' || root === 'test';
}

export const testForm: Rule = perFile(
  (file) => file.isTest,
  (file: SourceFile) => {
    const findings: Finding[] = [];
    const report = (node: SyntaxNode, what: string) =>
      findings.push({ path: file.path, line: file.lineAt(node.start), what });
    visit(file.parsed.program, (node) => {
      if (node.type !== 'CallExpression') return;
      const { root, forms } = chainOf(node.callee);
      if (root === undefined || !TEST_WORDS.has(root)) return;
      const forbidden = forms.find((form) => FORBIDDEN_FORMS.has(form));
      if (forbidden !== undefined) report(node, `${root}.${forbidden} stays out of the repository`);
      if (!isTestCall(node, root, forms)) return;
      const title = titleOf(node);
      if (title === undefined || !isSentence(title)) {
        report(node, `the title is no sentence: ${title ?? 'computed'}`);
      }
    });
    return findings;
  },
);
