import { dirname, join } from 'node:path/posix';
import { type SourceFile, type SyntaxNode, visit } from './source-file.ts';

/** What a file asks for: a specifier as written, and whether it is a file for a worker. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Static and dynamic imports, exports from elsewhere, and `new URL('./x.ts', import.meta.url)`. */
export function importsOf(file: SourceFile): Import[] {
  const { module, program } = file.parsed;
  const found: Import[] = [];
  const add = (specifier: string, position: number) =>
    found.push({ specifier, line: file.lineAt(position) });
  for (const { moduleRequest } of module.staticImports) {
    add(moduleRequest.value, moduleRequest.start);
  }
  for (const { entries } of module.staticExports) {
    const request = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest;
    if (request) add(request.value, request.start);
  }
  visit(program, (node) => {
    const specifier = dynamicSpecifier(node);
    if (specifier !== undefined) add(specifier, node.start);
  });
  return found;
}

function dynamicSpecifier(node: SyntaxNode): string | undefined {
  if (node.type === 'ImportExpression') return textOf(node.source);
  if (node.type === 'TSImportType') return textOf(node.source);
  if (node.type !== 'NewExpression' || (node.callee as SyntaxNode).name !== 'URL') return undefined;
  const [target, base] = node.arguments as SyntaxNode[];
  if (base?.type !== 'MemberExpression' || (base.object as SyntaxNode).type !== 'MetaProperty') {
    return undefined;
  }
  const url = textOf(target);
  return url !== undefined && /\.(ts|tsx|mjs)$/.test(url) ? url : undefined;
}

function textOf(node: unknown): string | undefined {
  const { type, value } = (node ?? {}) as { type?: string; value?: unknown };
  return type === 'Literal' && typeof value === 'string' ? value : undefined;
}

/** A relative specifier as a path from the root of the repository. */
export function relativeTarget(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : undefined;
}

/** `@ward/ledger/schema` → `@ward/ledger`; `hpke/x` → `hpke`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
