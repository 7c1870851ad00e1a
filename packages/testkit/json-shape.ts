import type { Json } from '@ward/protocol';

const HEX = /^(?:[0-9a-f]{2}){16,}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * What a JSON value is made of, a line for each field: names, and kinds in the place of values. Of a
 * list every field is named that one of its elements has.
 */
export function jsonShape(value: Json): string {
  return shapeLines('', value, '').join('\n');
}

function shapeLines(name: string, value: Json, indent: string): string[] {
  const label = name === '' ? '' : `${indent}${name}: `;
  if (Array.isArray(value)) return listLines(name, value, indent);
  if (typeof value !== 'object' || value === null) return [`${label}${kindOf(value)}`];
  const inner = name === '' ? indent : `${indent}  `;
  const fields = Object.entries(value).flatMap(([key, each]) => shapeLines(key, each, inner));
  return name === '' ? fields : [`${indent}${name}:`, ...fields];
}

function listLines(name: string, list: readonly Json[], indent: string): string[] {
  const objects = list.filter((each) => typeof each === 'object' && each !== null);
  if (objects.length === 0) {
    const kinds = [...new Set(list.map((each) => kindOf(each)))].sort();
    return [`${indent}${name}[]: ${kinds.join(' or ') || 'nothing'}`];
  }
  return shapeLines(`${name}[]`, Object.assign({}, ...objects) as Json, indent);
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') return typeof value;
  if (HEX.test(value)) return 'hex';
  return TIME.test(value) ? 'time' : 'text';
}

/** Shapes of what commands print for programs, as a golden file keeps them. */
export class GoldenShapes {
  readonly #shapes = new Map<string, string>();

  /** Keeps the shape of what a command line printed, the first time. */
  keep(words: readonly string[], json: Json, owner: string): void {
    const length = words[0] === 'org' && words[1] === 'staff' ? 3 : 2;
    const name = `ward ${words.slice(0, length).join(' ')} (${owner})`;
    if (!this.#shapes.has(name)) this.#shapes.set(name, jsonShape(json));
  }

  /** All of them, in the order of their commands. */
  get text(): string {
    const all = [...this.#shapes].sort(([a], [b]) => (a < b ? -1 : 1));
    return all.map(([name, shape]) => `# ${name}\n${shape}\n`).join('\n');
  }
}
