import { stripTypeScriptTypes } from 'node:module';
import { parseSync, visitorKeys } from 'oxc-parser';

/** A source text with one small change that a test must notice. */
export interface Mutant {
  readonly line: number;
  /** What was there, and what stands there now. */
  readonly change: string;
  readonly source: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Neighbouring comparisons: off by one, turned round, always. */
const COMPARISONS: { readonly [operator: string]: readonly string[] } = {
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
};

/**
 * All mutants of a source: every throwing guard dropped, every operand of `&&` and `||` made
 * neutral, every comparison moved by one and turned round, every `every` made a `some`.
 */
export function mutantsOf(path: string, source: string): Mutant[] {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse`);
  const mutants: Mutant[] = [];
  const replace = ({ start, end }: SyntaxNode, text: string) => {
    const line = source.slice(0, start).split('\n').length;
    const change = `${source.slice(start, end)} → ${text}`;
    mutants.push({ line, change, source: source.slice(0, start) + text + source.slice(end) });
  };
  visit(program as unknown as SyntaxNode, (node) => {
    if (node.type === 'IfStatement') replace(node.test as SyntaxNode, 'false');
    if (node.type === 'LogicalExpression' && node.operator !== '??') {
      const neutral = node.operator === '&&' ? 'true' : 'false';
      replace(node.left as SyntaxNode, neutral);
      replace(node.right as SyntaxNode, neutral);
    }
    if (node.type === 'BinaryExpression') {
      for (const operator of COMPARISONS[String(node.operator)] ?? []) {
        const [left, right] = [node.left as SyntaxNode, node.right as SyntaxNode];
        const text = (part: SyntaxNode) => source.slice(part.start, part.end);
        replace(node, `(${text(left)} ${operator} ${text(right)})`);
      }
    }
    const property = node.type === 'MemberExpression' ? (node.property as SyntaxNode) : undefined;
    if (property?.name === 'every') replace(property, 'some');
    if (property?.name === 'some') replace(property, 'every');
    if (property?.name === 'max') replace(property, 'min');
    if (property?.name === 'min') replace(property, 'max');
  });
  return mutants;
}

function visit(node: SyntaxNode, visitor: (node: SyntaxNode) => void): void {
  visitor(node);
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) {
      if (typeof child === 'object' && child !== null && 'type' in child) {
        visit(child as SyntaxNode, visitor);
      }
    }
  }
}

type Modules = { readonly [specifier: string]: object };

/**
 * Runs a module's source with the imports that are given, so that a mutant shares every other
 * module with the rest of the test.
 *
 * @returns What the source exports.
 */
export function runModule(path: string, source: string, modules: Modules): unknown {
  const { module } = parseSync(path, source);
  let text = source;
  const statements = module.staticImports.map(({ start, end, moduleRequest, entries }) => {
    const names = entries
      .filter(({ isType }) => !isType)
      .map(({ importName, localName }) => `${importName.name}: ${localName.value}`);
    if (modules[moduleRequest.value] === undefined) {
      throw new Error(`${path} imports ${moduleRequest.value}, which is not given`);
    }
    const from = `modules[${JSON.stringify(moduleRequest.value)}]`;
    return { start, end, code: `const { ${names.join(', ')} } = ${from};` };
  });
  for (const { start, end, code } of statements.toReversed()) {
    text = text.slice(0, start) + code + text.slice(end);
  }
  const exported = module.staticExports
    .flatMap(({ entries }) => entries)
    .filter(({ isType }) => !isType)
    .map(({ exportName }) => exportName.name);
  const plain = stripTypeScriptTypes(text).replaceAll(/^export /gm, '');
  return new Function('modules', `${plain}\nreturn { ${exported.join(', ')} };`)(modules);
}
