import type { Json } from '@ward/protocol';

const HEX = /^(?:[0-9a-f]{2}){16,}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Fields that hold whatever was put in, and not what a command says. */
const FOREIGN = new Set(['resource', 'record']);

/**
 * What a JSON value is made of, a line for each field: names, and kinds in the place of values. Of
 * a list all elements are looked at; a field that some of them lack has a question mark.
 */
export function jsonShape(value: Json): string {
  return fieldLines([value as JsonObject], '').join('\n');
}

type JsonObject = { readonly [name: string]: Json };

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of some objects that stand in the same place. */
function fieldLines(objects: readonly JsonObject[], indent: string): string[] {
  const names = [...new Set(objects.flatMap((each) => Object.keys(each)))];
  return names.flatMap((name) => {
    const having = objects.filter((each) => Object.hasOwn(each, name));
    const mark = having.length < objects.length ? '?' : '';
    const samples = having.map((each) => each[name]!);
    if (FOREIGN.has(name)) return [`${indent}${name}${mark}: JSON`];
    return placeLines(`${name}${mark}`, samples, indent);
  });
}

/** What stands in one place, by some samples of it. */
function placeLines(name: string, samples: readonly Json[], indent: string): string[] {
  const lists = samples.filter((each) => Array.isArray(each));
  const objects = samples.filter(isObject);
  const kinds = samples.filter((each) => typeof each !== 'object' || each === null).map(kindOf);
  if (lists.length > 0) return placeLines(`${name}[]`, lists.flat(), indent);
  if (objects.length > 0) {
    const other = kinds.length > 0 ? ` (or ${kinds[0]})` : '';
    return [`${indent}${name}:${other}`, ...fieldLines(objects, `${indent}  `)];
  }
  return [`${indent}${name}: ${[...new Set(kinds)].sort().join(' or ') || 'nothing'}`];
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') return typeof value;
  if (HEX.test(value)) return 'hex';
  return TIME.test(value) ? 'time' : 'text';
}

/** Groups of commands that stand in another one. */
const GROUPS = new Set([
  'org staff',
  'chart custodian',
  'ledger evidence',
  ...['network propose', 'network proposal', 'network validator', 'network stake'],
]);

/** Shapes of what commands print for programs, as a golden file keeps them. */
export class GoldenShapes {
  readonly #shapes = new Map<string, string>();

  /** Keeps the shape of what a command line printed, the first time. */
  keep(words: readonly string[], json: Json, owner: string): void {
    const length = GROUPS.has(words.slice(0, 2).join(' ')) ? 3 : 2;
    const name = `ward ${words.slice(0, length).join(' ')} (${owner})`;
    if (!this.#shapes.has(name)) this.#shapes.set(name, jsonShape(json));
  }

  /** All of them, in the order of their commands. */
  get text(): string {
    return this.#textOf([...this.#shapes]);
  }

  /** Those of commands on some things: `vault`. */
  of(things: readonly string[]): string {
    return this.#textOf([...this.#shapes].filter(([name]) => things.includes(name.split(' ')[1]!)));
  }

  #textOf(shapes: readonly (readonly [string, string])[]): string {
    const all = [...shapes].sort(([a], [b]) => (a < b ? -1 : 1));
    return all.map(([name, shape]) => `# ${name}\n${shape}\n`).join('\n');
  }
}
