import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART_LIMITS } from '@ward/charts';
import { LEDGER_LIMITS } from '@ward/ledger/schema';
import {
  type AnswerKind,
  type BodyKind,
  CBOR_LIMITS,
  type Endpoint,
  endpointCatalogue,
  errorCatalogue,
  field,
  formatCatalogue,
  isEventStream,
  isRaw,
  parseHex,
  TRANSACTION_LIMITS,
  toHex,
} from '@ward/protocol';
import { ARROWS } from '../arrows/arrows.ts';
import { REPOSITORY } from '../repository.ts';
import { cddlOf, ruleName, type Words } from './cddl.ts';
import { documentedGroups, documentedRules } from './formats.ts';
import { sourceWords } from './source-words.ts';

/** Documents with parts that are made from the code. */
export const GENERATED_DOCUMENTS: readonly string[] = ['ARCHITECTURE.md', 'docs/protocol.md'];

/** Where a generated part of a document begins and ends; readers of the page do not see these. */
const PART = /<!-- generated: (.*?) -->\n[\s\S]*?<!-- end -->/g;

/** Makes the parts of a document that are made from the code; what is between them stays. */
export function generateParts(document: string): string {
  const words = sourceWords();
  const named = new Set<string>();
  for (const [, order] of document.matchAll(PART)) {
    const [kind, ...names] = order!.split(' ');
    if (kind === 'formats') for (const name of names) named.add(name);
  }
  return document.replaceAll(PART, (_, order: string) => {
    return `<!-- generated: ${order} -->\n${generatePart(order, { named, words })}\n<!-- end -->`;
  });
}

interface Sources {
  /** Formats that some part of the document asks for by name. */
  readonly named: ReadonlySet<string>;
  /** What the source says of formats and fields. */
  readonly words: Words;
}

function generatePart(order: string, { named, words }: Sources): string {
  const [kind, ...operands] = order.split(' ');
  switch (kind) {
    case 'formats':
      return formatsPart(operands, words);
    case 'other-formats':
      return formatsPart(
        [...documentedRules().keys()].filter((name) => !named.has(name)).sort(),
        words,
      );
    case 'endpoints':
      return endpointsPart(operands);
    case 'codes':
      return codesPart(operands[0]!);
    case 'arrows':
      return arrowsPart();
    case 'limits':
      return limitsPart(operands[0]!);
    case 'vector':
      return vectorPart(operands);
    default:
      throw new Error(`nothing makes a part called ${kind}`);
  }
}

function formatsPart(names: readonly string[], words: Words): string {
  const rules = documentedRules();
  const groups = documentedGroups();
  const texts = names.map((name) => {
    const rule = rules.get(name);
    if (rule === undefined) throw new Error(`there is no format called ${name}`);
    return cddlOf(rule, groups, words);
  });
  return `\`\`\`cddl\n${texts.join('\n\n')}\n\`\`\``;
}

function endpointsPart(names: readonly string[]): string {
  const rows = names.map((name) => {
    const endpoint = endpointCatalogue().get(name);
    if (endpoint === undefined) throw new Error(`there is no endpoint called ${name}`);
    return endpointRow(endpoint);
  });
  return table(['endpoint', 'call', 'signed by', 'body', 'answer', 'what'], rows);
}

function endpointRow(endpoint: Endpoint): string[] {
  const { name, method, path, query, body, answer, signedBy, summary } = endpoint;
  const wanted = Object.entries(query).map(([key, schema]) => {
    return field.noteOf(schema).kind === 'nullable' ? `[${key}]` : key;
  });
  const target = wanted.length === 0 ? path : `${path}?${wanted.join('&')}`;
  return [
    `\`${name}\``,
    `\`${method} ${target}\``,
    signedBy.replaceAll('-', ' '),
    bodyWord(body),
    bodyWord(answer),
    summary,
  ];
}

function bodyWord(kind: BodyKind | AnswerKind): string {
  if (kind === null) return '–';
  if (isRaw(kind)) return `bytes ≤ ${sizeWord(kind.bytesMax)}`;
  if (isEventStream(kind)) return `stream of \`${ruleName(kind.event.name)}\``;
  return `\`${ruleName(kind.name)}\``;
}

/** 524288 as 512 KiB, and what is no round number of anything as it is. */
function sizeWord(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let [size, unit] = [bytes, 0];
  while (size % 1024 === 0 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size} ${units[unit]}`;
}

/** The codes that one file declares, in its order. */
function codesPart(path: string): string {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  const codes = [...text.matchAll(/^ {2}([A-Z][A-Z_]+): \{/gm)].map(([, code]) => code!);
  const rows = codes.map((code) => {
    const kind = errorCatalogue().get(code)!;
    const fields = kind.fields.map((name) => `\`${name}\``).join(', ');
    return [`\`${code}\``, `${kind.status}`, fields === '' ? '–' : fields, kind.text];
  });
  return table(['code', 'status', 'fields', 'what happened'], rows);
}

const LIMITS: { readonly [name: string]: { readonly [limit: string]: number } } = {
  cbor: CBOR_LIMITS,
  transaction: TRANSACTION_LIMITS,
  ledger: LEDGER_LIMITS,
  charts: CHART_LIMITS,
};

function limitsPart(name: string): string {
  const rows = Object.entries(LIMITS[name]!).map(([limit, value]) => [
    `\`${limit}\``,
    value.toLocaleString('en'),
  ]);
  return table(['limit', 'value'], rows);
}

/** Packages that there are, each with an arrow to what it stands on. */
function arrowsPart(): string {
  const isThere = (project: string) => existsSync(join(REPOSITORY, 'packages', project));
  const idOf = (project: string) => project.replace('/', '_');
  const projects = Object.keys(ARROWS).filter(isThere);
  const lines = projects.flatMap((project) => [
    `  ${idOf(project)}[${project}]`,
    ...ARROWS[project]!.filter(isThere).map((below) => `  ${idOf(project)} --> ${idOf(below)}`),
  ]);
  return ['```mermaid', 'graph BT', ...lines, '```'].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const HEX_COLUMNS = 96;

/** `FILE POINTER [as FORMAT]`: bytes of a vector, which decode as the format says. */
function vectorPart([file, pointer, as, format]: readonly string[]): string {
  const hex = vectorAt(file!, pointer!);
  if (as === 'as') {
    const codec = formatCatalogue().get(`${format}/1`);
    if (codec === undefined) throw new Error(`there is no format called ${format}`);
    const again = toHex(codec.encode(codec.decode(parseHex(hex))));
    if (again !== hex) throw new Error(`${file} ${pointer} is not what ${format} encodes`);
  }
  const lines = hex.match(new RegExp(`.{1,${HEX_COLUMNS}}`, 'g')) ?? [''];
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
}

function vectorAt(file: string, pointer: string): string {
  let value: unknown = JSON.parse(readFileSync(join(REPOSITORY, 'vectors', file), 'utf8'));
  for (const step of pointer.split('.')) value = (value as { [step: string]: unknown })?.[step];
  if (typeof value !== 'string') throw new Error(`there is no text at ${pointer} of ${file}`);
  return value;
}
