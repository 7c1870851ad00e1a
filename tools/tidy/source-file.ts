import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { type EcmaScriptModule, parseSync, visitorKeys } from 'oxc-parser';
import { REPOSITORY } from '../repository.ts';

const UNREAD_FOLDERS = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);
const TEXT_FILES = new Set([
  ...['.ts', '.tsx', '.mjs', '.sh', '.md', '.json', '.yml', '.yaml', '.html', '.css', '.svg'],
  ...['', '.toml', '.conf', '.service'],
]);

/** A node of the syntax tree, of whatever type. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Comment {
  readonly value: string;
  readonly start: number;
}

/** A text file of the repository. */
export class SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  #parsed: { program: SyntaxNode; module: EcmaScriptModule; comments: Comment[] } | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  get isCode(): boolean {
    return /\.(ts|tsx|mjs)$/.test(this.path);
  }

  get isTest(): boolean {
    return /\.test\.tsx?$/.test(this.path);
  }

  get lines(): readonly string[] {
    const lines = this.text.split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  }

  get parsed() {
    if (this.#parsed === undefined) {
      const { program, module, comments, errors } = parseSync(this.path, this.text);
      if (errors.length > 0) throw new Error(`${this.path} does not parse: ${errors[0]!.message}`);
      this.#parsed = { program: program as unknown as SyntaxNode, module, comments };
    }
    return this.#parsed;
  }

  /** Line number, from 1, of a position in the text. */
  lineAt(position: number): number {
    return this.text.slice(0, position).split('\n').length;
  }
}

/** Visits a node and all inside it; `around` are the nodes that hold it, the outermost first. */
export function visit(
  node: SyntaxNode,
  visitor: (node: SyntaxNode, around: readonly SyntaxNode[]) => void,
  around: readonly SyntaxNode[] = [],
): void {
  visitor(node, around);
  const inside = [...around, node];
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) {
      if (isNode(child)) visit(child, visitor, inside);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Paths of all files of the repository, from its root, in order. */
export function listFiles(folder: string = REPOSITORY): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return UNREAD_FOLDERS.has(entry.name) ? [] : listFiles(path);
      return entry.isFile() ? [relative(REPOSITORY, path).split(sep).join('/')] : [];
    })
    .sort();
}

/** Every text file of the repository. */
export function loadSources(): SourceFile[] {
  return listFiles()
    .filter((path) => TEXT_FILES.has(extname(path)) && path !== 'package-lock.json')
    .map((path) => new SourceFile(path, readFileSync(join(REPOSITORY, path), 'utf8')));
}
