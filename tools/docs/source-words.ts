import {
  type Comment,
  loadSources,
  type SourceFile,
  type SyntaxNode,
  visit,
} from '../tidy/source-file.ts';
import type { Words } from './cddl.ts';

const DECLARERS: { readonly [callee: string]: (names: readonly string[]) => string } = {
  defineFormat: ([name]) => name!,
  defineMessage: ([contract, name]) => `${contract}/${name}`,
};

/** The comments that stand above formats, messages, shared fields and their members. */
export function sourceWords(): Words {
  const words = new Map<string, string>();
  for (const file of loadSources()) {
    if (!file.path.startsWith('packages/') || !file.isCode || file.isTest) continue;
    if (!/define(Format|Message)\(|Fields? = /.test(file.text)) continue;
    for (const { rule, at, fields } of declarations(file)) {
      say(words, `${rule}.`, commentAbove(file, at));
      for (const { name, start } of propertiesOf(fields)) {
        say(words, `${rule}.${name}`, commentAbove(file, start));
      }
    }
  }
  return (rule, fieldName) => words.get(`${rule}.${fieldName}`);
}

function say(words: Map<string, string>, key: string, text: string | undefined): void {
  if (text !== undefined) words.set(key, text);
}

interface Declaration {
  readonly rule: string;
  /** Where the statement begins, above which its comment stands. */
  readonly at: number;
  readonly fields: SyntaxNode;
}

function declarations(file: SourceFile): Declaration[] {
  const found: Declaration[] = [];
  const statements = file.parsed.program.body as SyntaxNode[];
  for (const statement of statements) {
    visit(statement, (node) => {
      if (node.type !== 'VariableDeclarator') return;
      const { id, init } = node as unknown as { id: { name?: string }; init: SyntaxNode | null };
      const declared = init && (formatOf(init) ?? sharedFields(id.name, init));
      if (declared) found.push({ ...declared, at: statement.start });
    });
  }
  return found;
}

function formatOf(call: SyntaxNode): Omit<Declaration, 'at'> | undefined {
  if (call.type !== 'CallExpression') return undefined;
  const ruleOf = DECLARERS[(call.callee as { name?: string }).name ?? ''];
  const operands = call.arguments as SyntaxNode[];
  const fields = operands.at(-1);
  if (ruleOf === undefined || fields?.type !== 'ObjectExpression') return undefined;
  const names = operands.filter(({ type }) => type === 'Literal').map(({ value }) => String(value));
  return { rule: ruleOf(names), fields };
}

/** `blockHeaderFields` and `accountKeyField` are told of as `block-header` and `account-key`. */
function sharedFields(
  name: string | undefined,
  init: SyntaxNode,
): Omit<Declaration, 'at'> | undefined {
  const operand = init.type === 'CallExpression' ? (init.arguments as SyntaxNode[])[0] : init;
  if (operand?.type !== 'ObjectExpression' || !/Fields?$/.test(name ?? '')) return undefined;
  const rule = name!.replace(/Fields?$/, '').replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  return { rule, fields: operand };
}

function propertiesOf({ properties }: SyntaxNode): { name: string; start: number }[] {
  return (properties as SyntaxNode[]).flatMap(({ key, start }) => {
    const name = (key as { name?: string } | undefined)?.name;
    return name === undefined ? [] : [{ name, start }];
  });
}

/** The documenting comment that ends right above a place. */
function commentAbove(file: SourceFile, at: number): string | undefined {
  const above = file.parsed.comments.filter((each) => isAbove(file, each, at)).at(-1);
  if (above === undefined || !above.value.startsWith('*')) return undefined;
  const lines = above.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
  const [text] = lines.join('\n').trim().split(/\n@/);
  return text!
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .replaceAll(/([^\n])\n(?=[^\n-])/g, '$1 ')
    .replaceAll(/\n\n+/g, '\n');
}

function isAbove({ text }: SourceFile, { start, value }: Comment, at: number): boolean {
  const end = start + value.length + '/**/'.length;
  return end <= at && text.slice(end, at).trim() === '';
}
