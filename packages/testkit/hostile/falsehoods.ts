import { equalBytes, field, toHex } from '@ward/protocol';
import { fieldsOf } from './schema-fields.ts';

export type Schema = Parameters<typeof field.noteOf>[0];
type Note = ReturnType<typeof field.noteOf>;
type NoteOf<K extends Note['kind']> = Extract<Note, { kind: K }>;

/** One way to say something false with an answer that has the right shape. */
export interface Falsehood {
  /** Field of the schema, as in `items[].proof.terminal<other>.keyHash`. */
  readonly field: string;
  /** The very place, as in `items[3].proof.terminal<other>.keyHash`. */
  readonly at: string;
  readonly how: string;
  /** The whole answer with this one thing false. */
  make(): unknown;
}

/** A value inside an answer, with values that stand in the same place of other genuine answers. */
interface Place {
  readonly schema: Schema;
  readonly field: string;
  readonly at: string;
  readonly value: unknown;
  readonly others: readonly unknown[];
  /** The whole answer with another value in this place. */
  put(value: unknown): unknown;
}

/** Values of other answers that are tried in one place. */
const OTHERS_MAX = 3;
/** Lists up to this length are falsified in every element, longer ones at both ends and between. */
const WHOLE_LIST_MAX = 4;

/**
 * Every falsehood of one answer: each field by itself, then whole structs mixed with those of other
 * genuine answers. Nothing is random, so that two runs over like answers say the same.
 *
 * @param others Other genuine answers of the same door.
 */
export function* falsehoods(
  schema: Schema,
  value: unknown,
  others: readonly unknown[],
): Generator<Falsehood> {
  yield* falsifyAt({ schema, field: '', at: '', value, others, put: (whole) => whole });
}

function* falsifyAt(place: Place): Generator<Falsehood> {
  const note = field.noteOf(place.schema);
  switch (note.kind) {
    case 'struct':
      return yield* structFalsehoods(note, place);
    case 'list':
      return yield* listFalsehoods(note, place);
    case 'variant':
      return yield* variantFalsehoods(note, place);
    case 'nullable':
      return yield* nullableFalsehoods(note, place);
    default:
      return yield* leafFalsehoods(note, place);
  }
}

function falsehood(place: Place, how: string, value: unknown): Falsehood {
  const { field: name, at, put } = place;
  return { field: name, at, how, make: () => put(value) };
}

function* leafFalsehoods(
  note: Exclude<Note, { kind: 'struct' | 'list' | 'variant' | 'nullable' }>,
  place: Place,
): Generator<Falsehood> {
  const seen = new Set([nameOf(place.value)]);
  const tried = [...leafValues(note, place.value), ...othersOf(place)];
  for (const [how, value] of tried) {
    if (seen.has(nameOf(value))) continue;
    seen.add(nameOf(value));
    yield falsehood(place, how, value);
  }
}

function othersOf({ others }: Place): [string, unknown][] {
  const distinct = new Map(others.map((other) => [nameOf(other), other]));
  return [...distinct.values()]
    .slice(0, OTHERS_MAX + 1)
    .map((other, i) => [`that of another answer (${i})`, other]);
}

function leafValues(note: Note, value: unknown): [string, unknown][] {
  switch (note.kind) {
    case 'bytes':
      return bytesValues(value as Uint8Array);
    case 'integer':
      return integerValues(note, value as number);
    case 'text':
      return textValues(note, value as string);
    case 'boolean':
      return [['the contrary', value !== true]];
    case 'word':
      return note.words.map((word) => [`the word ${word}`, word]);
    default:
      throw new Error('a field that is no leaf');
  }
}

function bytesValues(value: Uint8Array): [string, unknown][] {
  const flipped = (index: number, bit: number) =>
    value.map((byte, i) => (i === index ? byte ^ bit : byte));
  const longer = new Uint8Array(value.length + 1);
  longer.set(value);
  return [
    ['the last bit flipped', flipped(value.length - 1, 1)],
    ['the first bit flipped', flipped(0, 0x80)],
    ['zeroed', new Uint8Array(value.length)],
    ['other bytes', value.map((byte) => byte ^ 0x5a)],
    ['shortened', value.slice(0, -1)],
    ['emptied', new Uint8Array(0)],
    ['a byte longer', longer],
  ];
}

function integerValues({ min, max }: NoteOf<'integer'>, value: number): [string, unknown][] {
  return [
    ['one more', value + 1],
    ['one less', value - 1],
    ['the least', min],
    ['zero', 0],
    ['the most', max],
  ];
}

function textValues({ max }: NoteOf<'text'>, value: string): [string, unknown][] {
  return [
    ['another text', `${value.slice(0, -1)}~`],
    ['emptied', ''],
    ['as long as may be', 'x'.repeat(max)],
  ];
}

/** Each field, then this struct mixed with that of another answer. */
function* structFalsehoods(note: NoteOf<'struct'>, place: Place): Generator<Falsehood> {
  const own = place.value as { readonly [name: string]: unknown };
  const others = place.others as readonly (typeof own)[];
  const path = (name: string, base: string) => (base === '' ? name : `${base}.${name}`);
  for (const [name, schema] of Object.entries(note.fields)) {
    yield* falsifyAt({
      schema,
      field: path(name, place.field),
      at: path(name, place.at),
      value: own[name],
      others: others.map((other) => other[name]),
      put: (value) => place.put({ ...own, [name]: value }),
    });
  }
  yield* mixtures(Object.keys(note.fields), place);
}

/** All but one field of another answer: its lie is whole, and only one thing gives it away. */
function* mixtures(names: readonly string[], place: Place): Generator<Falsehood> {
  const own = place.value as { readonly [name: string]: unknown };
  for (const [which, other] of othersOf(place)) {
    if (nameOf(other) === nameOf(own)) continue;
    const theirs = other as typeof own;
    yield falsehood(place, `all of it: ${which}`, theirs);
    for (const name of names) {
      const mixed = { ...theirs, [name]: own[name] };
      const isOther = nameOf(mixed) !== nameOf(theirs) && nameOf(mixed) !== nameOf(own);
      if (isOther) yield falsehood(place, `all but ${name}: ${which}`, mixed);
    }
  }
}

function* listFalsehoods(note: NoteOf<'list'>, place: Place): Generator<Falsehood> {
  const own = place.value as readonly unknown[];
  const theirs = (place.others as readonly (readonly unknown[])[]).flat();
  const seen = new Set([nameOf(own)]);
  for (const [how, list] of listValues(own, place.others as readonly unknown[][])) {
    if (seen.has(nameOf(list))) continue;
    seen.add(nameOf(list));
    yield { ...falsehood(place, how, list), field: `${place.field}[]` };
  }
  if (own.length === 0) {
    const fields = [`${place.field}[]`, ...fieldsOf(note.item, `${place.field}[]`)];
    yield* madeUp(place, { value: [plainest(note.item)], fields });
  }
  for (const i of chosenIndexes(own.length)) {
    const siblings = own.filter((_, j) => j !== i);
    yield* falsifyAt({
      schema: note.item,
      field: `${place.field}[]`,
      at: `${place.at}[${i}]`,
      value: own[i],
      others: [...siblings.slice(0, 1), ...theirs.slice(0, 2), ...siblings.slice(-1)],
      put: (value) => place.put(own.map((item, j) => (j === i ? value : item))),
    });
  }
}

/** What no genuine answer has in this place: it is made up, with all fields that are in it. */
function* madeUp(
  place: Place,
  { value, fields }: { value: unknown; fields: readonly string[] },
): Generator<Falsehood> {
  for (const field of new Set(fields)) {
    yield { ...falsehood(place, `made up, for ${field}`, value), field };
  }
}

function listValues(
  own: readonly unknown[],
  others: readonly (readonly unknown[])[],
): [string, readonly unknown[]][] {
  const middle = own.length >> 1;
  const foreign = others.flat().find((item) => !own.some((one) => nameOf(one) === nameOf(item)));
  return [
    ['emptied', []],
    ['doubled', [...own, ...own]],
    ['reversed', own.toReversed()],
    ['two of it swapped', own.toSpliced(0, 2, ...own.slice(0, 2).toReversed())],
    ['the first dropped', own.slice(1)],
    ['the last dropped', own.slice(0, -1)],
    ['one between dropped', own.toSpliced(middle, 1)],
    ['the first once more', [...own.slice(0, 1), ...own]],
    ['the last once more', [...own, ...own.slice(-1)]],
    ...(foreign === undefined
      ? []
      : ([
          ['one of another answer before', [foreign, ...own]],
          ['one of another answer behind', [...own, foreign]],
          ['one of another answer in its place', own.toSpliced(middle, 1, foreign)],
        ] as [string, readonly unknown[]][])),
  ];
}

function chosenIndexes(length: number): number[] {
  if (length <= WHOLE_LIST_MAX) return Array.from({ length }, (_, i) => i);
  return [0, length >> 1, length - 1];
}

/** Every other case, then the fields of the own one. */
function* variantFalsehoods(note: NoteOf<'variant'>, place: Place): Generator<Falsehood> {
  const own = place.value as { readonly kind: string };
  const others = place.others as readonly (typeof own)[];
  for (const [kind, schema] of Object.entries(note.cases)) {
    if (kind === own.kind) continue;
    const theirs = others.find((other) => other.kind === kind);
    const value = theirs ?? { ...(plainest(schema) as object), kind };
    yield { ...falsehood(place, `the case ${kind}`, value), field: `${place.field}<>` };
    if (theirs !== undefined) continue;
    yield* madeUp(place, { value, fields: fieldsOf(schema, `${place.field}<${kind}>`) });
  }
  const withoutKind = ({ kind: _, ...fields }: { readonly kind: string }) => fields;
  yield* falsifyAt({
    schema: note.cases[own.kind]!,
    field: `${place.field}<${own.kind}>`,
    at: `${place.at}<${own.kind}>`,
    value: withoutKind(own),
    others: others.filter(({ kind }) => kind === own.kind).map(withoutKind),
    put: (fields) => place.put({ kind: own.kind, ...(fields as object) }),
  });
}

function* nullableFalsehoods({ item }: NoteOf<'nullable'>, place: Place): Generator<Falsehood> {
  const name = `${place.field}?`;
  const present = place.others.filter((other) => other !== null);
  if (place.value === null) {
    yield { ...falsehood(place, 'not null', plainest(item)), field: name };
    yield* madeUp(place, { value: plainest(item), fields: fieldsOf(item, place.field) });
    for (const [how, other] of othersOf({ ...place, others: present })) {
      yield { ...falsehood(place, how, other), field: name };
    }
    return;
  }
  yield { ...falsehood(place, 'null', null), field: name };
  yield* falsifyAt({ ...place, schema: item, others: present });
}

/** The smallest value of a schema. */
export function plainest(schema: Schema): unknown {
  const note = field.noteOf(schema);
  switch (note.kind) {
    case 'bytes':
      return new Uint8Array(note.min);
    case 'text':
      return '';
    case 'integer':
      return note.min;
    case 'boolean':
      return false;
    case 'word':
      return note.words[0];
    case 'nullable':
      return null;
    case 'list':
      return Array.from({ length: note.min }, () => plainest(note.item));
    case 'struct':
      return plainestStruct(note.fields);
    case 'variant': {
      const [kind, first] = Object.entries(note.cases)[0]!;
      return { ...(plainest(first) as object), kind };
    }
  }
}

function plainestStruct(fields: { readonly [name: string]: Schema }) {
  const entries = Object.entries(fields).map(([name, schema]) => [name, plainest(schema)]);
  return Object.fromEntries(entries) as { readonly [name: string]: unknown };
}

/** A text that two values share only when they are the same. */
export function nameOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item instanceof Uint8Array ? `bytes ${toHex(item)}` : item,
  );
}

/** Whether two byte strings are one; for values whose type is not known. */
export function isSameBytes(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && equalBytes(a, b);
}
