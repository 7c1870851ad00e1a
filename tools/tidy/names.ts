import { basename, dirname } from 'node:path/posix';
import { type Finding, perFile, type Rule } from './rule.ts';
import { type SyntaxNode, visit } from './source-file.ts';

/** Words that say nothing about what a thing is. */
const EMPTY_WORDS = [
  ...['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'service', 'processor'],
  ...['data', 'info'],
];
/** What holds an organisation's keys is called so in the specification. */
const KNOWN_TERM = /key-?service/gi;
const SHORT_FORMS = ['tx', 'txs', 'msg', 'msgs', 'ctx', 'addr', 'addrs'];

const FILE_NAME =
  /^[a-z0-9]+(-[a-z0-9]+)*(\.(slow|network|test|config|d|setup|worker))*\.(tsx?|mjs|sh)$/;
const FOLDER_NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*$/;

export const fileNames: Rule = perFile(
  ({ isCode, path }) => isCode || path.endsWith('.sh'),
  ({ path }) => {
    const folders = dirname(path) === '.' ? [] : dirname(path).split('/');
    const isKebab =
      FILE_NAME.test(basename(path)) && folders.every((folder) => FOLDER_NAME.test(folder));
    if (!isKebab) return [{ path, what: 'the name is not in kebab-case' }];
    const words = [...folders, basename(path).split('.')[0]!]
      .map((part) => part.replace(KNOWN_TERM, 'term'))
      .flatMap((part) => part.split('-'));
    const banned = words.find((word) => EMPTY_WORDS.includes(word) || SHORT_FORMS.includes(word));
    return banned === undefined ? [] : [{ path, what: `"${banned}" says nothing in a file name` }];
  },
);

/** `SlotAddress` and `slotAddress` are the words slot, address. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(KNOWN_TERM, 'Term')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[ _$]+/)
    .map((word) => word.toLowerCase());
}

/**
 * Errors have a field called data, HKDF an argument called info, organisations service keys: those
 * words are bad only as the end of the name of a type, a class or a function.
 */
function bannedWord(name: string, isType: boolean): string | undefined {
  const words = wordsOf(name);
  const short = words.find((word) => SHORT_FORMS.includes(word));
  if (short !== undefined) return short;
  const last = words.at(-1)!;
  const never = EMPTY_WORDS.filter((word) => !['data', 'info', 'service', 'common'].includes(word));
  if (never.includes(last)) return last;
  return isType && EMPTY_WORDS.includes(last) ? last : undefined;
}

const TYPE_LIKE = new Set([
  ...['ClassDeclaration', 'FunctionDeclaration', 'TSInterfaceDeclaration'],
  'TSTypeAliasDeclaration',
]);

/** Names that a pattern binds; `{ data }` takes the name of a field and binds none of its own. */
function boundNames(pattern: SyntaxNode | null | undefined): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name as string];
    case 'ObjectPattern':
      return (pattern.properties as SyntaxNode[])
        .filter((property) => property.shorthand !== true)
        .flatMap((property) => boundNames((property.value ?? property.argument) as SyntaxNode));
    case 'ArrayPattern':
      return (pattern.elements as (SyntaxNode | null)[]).flatMap(boundNames);
    case 'AssignmentPattern':
      return boundNames(pattern.left as SyntaxNode);
    case 'RestElement':
      return boundNames(pattern.argument as SyntaxNode);
    default:
      return [];
  }
}

function declaredNames(node: SyntaxNode): string[] {
  if (node.type === 'VariableDeclarator') return boundNames(node.id as SyntaxNode);
  const own = TYPE_LIKE.has(node.type) ? boundNames(node.id as SyntaxNode | null) : [];
  const parameters = Array.isArray(node.params) ? (node.params as SyntaxNode[]) : [];
  return [...own, ...parameters.flatMap(boundNames)];
}

export const identifierNames: Rule = perFile(
  (file) => file.isCode,
  (file) => {
    const findings: Finding[] = [];
    visit(file.parsed.program, (node) => {
      for (const name of declaredNames(node)) {
        const isType = TYPE_LIKE.has(node.type) && (node.id as SyntaxNode | null)?.name === name;
        const banned = bannedWord(name, isType);
        if (banned === undefined) continue;
        const what = `${name}: "${banned}" is a name that we do not use`;
        findings.push({ path: file.path, line: file.lineAt(node.start), what });
      }
    });
    return findings;
  },
);
