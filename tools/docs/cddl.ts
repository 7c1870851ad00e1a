import { field } from '@ward/protocol';
import type { TSchema } from 'typebox';

// Formats as CDDL (RFC 8610), the notation for shapes of CBOR. What CDDL has no words for, as the
// order of a list, stands in a comment.

type Fields = { readonly [name: string]: TSchema };
type Note = field.FieldNote;
type NoteOf<K extends Note['kind']> = Extract<Note, { kind: K }>;

const COLUMNS = 96;
const INDENT = '  ';

/** Names by which fields that stand in several places are written once. */
export type Groups = ReadonlyMap<Fields, string>;

/** What the source says of a rule (field name empty) or of a field of it. */
export type Words = (rule: string, fieldName: string) => string | undefined;

export interface Rule {
  readonly name: string;
  /** Undefined for a part of formats, which has no version of its own. */
  readonly version: number | undefined;
  readonly fields: Fields;
}

/** The text of one rule; a format whose fields stand in others as well gives two. */
export function cddlOf({ name, version, fields }: Rule, groups: Groups, words: Words): string {
  const members = Object.entries(fields).flatMap(([fieldName, schema]) => [
    ...comment(words(name, fieldName), INDENT),
    ...memberLines(fieldName, schema, groups),
  ]);
  const group = groups.get(fields);
  const about = comment(words(name, ''), '');
  if (version === undefined) return [...about, `${name} = (`, ...members, ')'].join('\n');
  const id = ruleName(name);
  if (group === undefined) {
    return [...about, `${id} = [`, `${INDENT}${version}, ; version`, ...members, ']'].join('\n');
  }
  return [...about, `${id} = [${version}, ${group}]`, `${group} = (`, ...members, ')'].join('\n');
}

/** `slots/WriteSlots` as CDDL spells names. */
export function ruleName(format: string): string {
  return format.replace('/', '.');
}

function comment(text: string | undefined, indent: string): string[] {
  if (text === undefined) return [];
  return text.split('\n').flatMap((line) => wrap(line.split(' '), `${indent}; `));
}

/** Words side by side, as many as a line holds. */
function wrap(words: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > COLUMNS) {
      lines.push(`${indent}${word}`);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** How a member is introduced, and the type behind it; a later one may be missing. */
function memberOf(name: string, schema: TSchema): { before: string; note: Note } {
  const note = field.noteOf(schema);
  if (note.kind !== 'nullable' || !note.isLater) return { before: `${name}: `, note };
  return { before: `? ${name}: `, note: field.noteOf(note.item) };
}

function memberLines(name: string, schema: TSchema, groups: Groups): string[] {
  const { before, note } = memberOf(name, schema);
  const order = orderOf(note);
  const place = { before, after: ',', indent: INDENT };
  const lines = layOut(note, place, groups);
  if (order === undefined) return lines;
  const beside = `${lines[0]} ; ${order}`;
  if (lines.length === 1 && beside.length <= COLUMNS) return [beside];
  return [`${INDENT}; ${order}`, ...lines];
}

/** What stands around a type in the text. */
interface Place {
  readonly before: string;
  readonly after: string;
  readonly indent: string;
}

/** A type on one line where it fits, else with a line for each of its parts. */
function layOut(note: Note, place: Place, groups: Groups): string[] {
  const { before, after, indent } = place;
  const line = `${indent}${before}${typeOf(note, groups)}${after}`;
  if (line.length <= COLUMNS) return [line];
  const framed = (open: string, inner: readonly string[], close: string) => [
    `${indent}${before}${open}`,
    ...inner,
    `${indent}${close}${after}`,
  ];
  const deeper = `${indent}${INDENT}`;
  switch (note.kind) {
    case 'nullable':
      return layOut(field.noteOf(note.item), { ...place, after: ` / null${after}` }, groups);
    case 'list': {
      const { open, close } = listEnds(note);
      const around = { indent, before: `${before}${open}`, after: `${close}${after}` };
      return layOut(field.noteOf(note.item), around, groups);
    }
    case 'word':
      return framed('(', wrap(separated(note.words.map(quoted), ' /'), deeper), ')');
    case 'struct':
      return framed('[', layOutMembers(note.fields, deeper, groups), ']');
    case 'variant':
      return framed('(', layOutCases(note, deeper, groups), ')');
    default:
      return [line];
  }
}

function layOutMembers(fields: Fields, indent: string, groups: Groups): string[] {
  const names = Object.keys(fields);
  return names.flatMap((name, i) => {
    const after = i === names.length - 1 ? '' : ',';
    const { before, note } = memberOf(name, fields[name]!);
    return layOut(note, { before, after, indent }, groups);
  });
}

function layOutCases({ cases }: NoteOf<'variant'>, indent: string, groups: Groups): string[] {
  const kinds = Object.keys(cases);
  return kinds.flatMap((kind, i) => {
    const after = i === kinds.length - 1 ? ']' : '] /';
    const place = { before: `[${quoted(kind)}, `, after, indent };
    return layOut(field.noteOf(cases[kind]!), place, groups);
  });
}

function separated(members: readonly string[], between: string): string[] {
  const last = members.length - 1;
  return members.map((member, i) => (i === last ? member : `${member}${between}`));
}

function typeOf(note: Note, groups: Groups): string {
  switch (note.kind) {
    case 'bytes':
      return sized('bstr', note.min, note.max);
    case 'text':
      return sized('tstr', 0, note.max);
    case 'integer':
      return integerType(note);
    case 'boolean':
      return 'bool';
    case 'word':
      return note.words.length === 0 ? 'nothing' : note.words.map(quoted).join(' / ');
    case 'nullable':
      return `${parenthesised(field.noteOf(note.item), groups)} / null`;
    case 'list': {
      const { open, close } = listEnds(note);
      return `${open}${parenthesised(field.noteOf(note.item), groups)}${close}`;
    }
    case 'struct':
      return `[${membersOf(note.fields, groups).join(', ')}]`;
    case 'variant':
      return casesOf(note, groups).join(' / ');
  }
}

function parenthesised(note: Note, groups: Groups): string {
  const type = typeOf(note, groups);
  const isChoice = note.kind === 'word' || note.kind === 'variant' || note.kind === 'nullable';
  return isChoice && type.includes(' / ') ? `(${type})` : type;
}

function listEnds({ min, max }: NoteOf<'list'>): { open: string; close: string } {
  return { open: `[${min}*${max} `, close: ']' };
}

function membersOf(fields: Fields, groups: Groups): string[] {
  const group = groups.get(fields);
  if (group !== undefined) return [group];
  return Object.entries(fields).map(([name, schema]) => {
    const { before, note } = memberOf(name, schema);
    return `${before}${parenthesised(note, groups)}`;
  });
}

function casesOf({ cases }: NoteOf<'variant'>, groups: Groups): string[] {
  return Object.entries(cases).map(([kind, schema]) => {
    return `[${quoted(kind)}, ${typeOf(field.noteOf(schema), groups)}]`;
  });
}

function integerType({ min, max }: NoteOf<'integer'>): string {
  if (max === Number.MAX_SAFE_INTEGER) return min === 0 ? 'uint' : `uint .ge ${min}`;
  return min === max ? `${min}` : `${min}..${max}`;
}

function sized(type: string, min: number, max: number): string {
  return min === max ? `${type} .size ${min}` : `${type} .size (${min}..${max})`;
}

function quoted(word: string): string {
  return `"${word}"`;
}

/** What CDDL cannot say of a list. */
function orderOf(note: Note): string | undefined {
  if (note.kind === 'nullable') return orderOf(field.noteOf(note.item));
  if (note.kind !== 'list' || note.sortedBy === undefined) return undefined;
  const by = note.sortedBy === '' ? '' : ` by ${note.sortedBy}`;
  return `ascending${by}, none twice`;
}
