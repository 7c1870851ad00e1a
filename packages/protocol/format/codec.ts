import type { Static, TSchema } from 'typebox';
import { compareBytes } from '../bytes.ts';
import { type CborReader, MAJOR } from '../cbor/reader.ts';
import type { CborWriter } from '../cbor/writer.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Word } from '../errors/ward-error.ts';
import { utf8Length } from '../utf8.ts';
import { type FieldNote, isLater, noteOf } from './fields.ts';

/** Reads and writes one kind of value. Reading checks everything; so does writing. */
export interface Codec<T> {
  read(reader: CborReader): T;
  write(writer: CborWriter, value: T): void;
}

type NoteOf<K extends FieldNote['kind']> = Extract<FieldNote, { kind: K }>;

/**
 * Compiles a schema made of format fields. The code that reads is as deep as the schema, whatever
 * the input, so nested input cannot exhaust the stack.
 */
export function compileCodec<S extends TSchema>(schema: S, format: Word): Codec<Static<S>> {
  return compile(schema, format) as Codec<Static<S>>;
}

function compile(schema: TSchema, format: Word): Codec<unknown> {
  const note = noteOf(schema);
  switch (note.kind) {
    case 'bytes':
      return bytesCodec(note, format) as Codec<unknown>;
    case 'text':
      return textCodec(note, format) as Codec<unknown>;
    case 'integer':
      return integerCodec(note, format) as Codec<unknown>;
    case 'boolean':
      return booleanCodec(format) as Codec<unknown>;
    case 'word':
      return wordCodec(note, format) as Codec<unknown>;
    case 'nullable':
      return nullableCodec(note, format);
    case 'list':
      return listCodec(note, format) as Codec<unknown>;
    case 'struct':
      return structCodec(note.fields, format) as Codec<unknown>;
    case 'variant':
      return variantCodec(note, format) as Codec<unknown>;
  }
}

function bytesCodec({ min, max }: NoteOf<'bytes'>, format: Word): Codec<Uint8Array> {
  const check = (value: Uint8Array, offset: number) => {
    if (value.length < min || value.length > max) throw refuse('FORMAT_RANGE', { format, offset });
    return value;
  };
  return {
    read(reader) {
      const offset = reader.at;
      const value = reader.byteString();
      if (value === undefined) throw refuse('FORMAT_TYPE', { format, offset });
      return check(value, offset);
    },
    write(writer, value) {
      if (!(value instanceof Uint8Array)) throw refuse('FORMAT_TYPE', { format, offset: 0 });
      writer.byteString(check(value, 0));
    },
  };
}

function textCodec({ max }: NoteOf<'text'>, format: Word): Codec<string> {
  const check = (value: string, offset: number) => {
    if (utf8Length(value) > max) throw refuse('FORMAT_RANGE', { format, offset });
    return value;
  };
  return {
    read(reader) {
      const offset = reader.at;
      const value = reader.text();
      if (value === undefined) throw refuse('FORMAT_TYPE', { format, offset });
      return check(value, offset);
    },
    write(writer, value) {
      if (typeof value !== 'string') throw refuse('FORMAT_TYPE', { format, offset: 0 });
      writer.text(check(value, 0));
    },
  };
}

function integerCodec({ min, max }: NoteOf<'integer'>, format: Word): Codec<number> {
  const check = (value: number, offset: number) => {
    if (!(value >= min && value <= max)) throw refuse('FORMAT_RANGE', { format, offset });
    return value;
  };
  return {
    read(reader) {
      const offset = reader.at;
      const value = reader.integer();
      if (value === undefined) throw refuse('FORMAT_TYPE', { format, offset });
      return check(value, offset);
    },
    write(writer, value) {
      if (typeof value !== 'number') throw refuse('FORMAT_TYPE', { format, offset: 0 });
      writer.integer(check(value, 0));
    },
  };
}

function booleanCodec(format: Word): Codec<boolean> {
  return {
    read(reader) {
      const offset = reader.at;
      const value = reader.simple();
      if (typeof value !== 'boolean') throw refuse('FORMAT_TYPE', { format, offset });
      return value;
    },
    write(writer, value) {
      if (typeof value !== 'boolean') throw refuse('FORMAT_TYPE', { format, offset: 0 });
      writer.boolean(value);
    },
  };
}

function wordCodec({ words }: NoteOf<'word'>, format: Word): Codec<string> {
  const known = new Set(words);
  return {
    read(reader) {
      const offset = reader.at;
      const value = reader.text();
      if (value === undefined) throw refuse('FORMAT_TYPE', { format, offset });
      if (!known.has(value)) throw refuse('FORMAT_WORD', { format, offset });
      return value;
    },
    write(writer, value) {
      if (!known.has(value)) throw refuse('FORMAT_WORD', { format, offset: 0 });
      writer.text(value);
    },
  };
}

function nullableCodec({ item }: NoteOf<'nullable'>, format: Word): Codec<unknown> {
  const inner = compile(item, format);
  return {
    read: (reader) => (reader.takeNull() ? null : inner.read(reader)),
    write(writer, value) {
      if (value === null) writer.null();
      else inner.write(writer, value);
    },
  };
}

function listCodec(note: NoteOf<'list'>, format: Word): Codec<readonly unknown[]> {
  const inner = compile(note.item, format);
  const isSorted = orderCheck(note.sortedBy);
  const check = (count: number, offset: number) => {
    if (count < note.min || count > note.max) throw refuse('FORMAT_RANGE', { format, offset });
  };
  return {
    read(reader) {
      const offset = reader.at;
      const count = reader.count(MAJOR.list);
      if (count < 0) throw refuse('FORMAT_TYPE', { format, offset });
      check(count, offset);
      const items: unknown[] = [];
      for (let i = 0; i < count; i++) items.push(inner.read(reader));
      if (!isSorted(items)) throw refuse('FORMAT_ORDER', { format, offset });
      return items;
    },
    write(writer, items) {
      if (!Array.isArray(items)) throw refuse('FORMAT_TYPE', { format, offset: 0 });
      check(items.length, 0);
      if (!isSorted(items)) throw refuse('FORMAT_ORDER', { format, offset: 0 });
      writer.list(items.length);
      for (const item of items) inner.write(writer, item);
    },
  };
}

/** A test that a list ascends without doubles; no order asked, no test. */
export function orderCheck(sortedBy: string | undefined): (items: readonly unknown[]) => boolean {
  if (sortedBy === undefined) return () => true;
  const keyOf = (item: unknown) =>
    (sortedBy === '' ? item : (item as { [field: string]: unknown })[sortedBy]) as
      | Uint8Array
      | number;
  return (items) => {
    for (let i = 1; i < items.length; i++) {
      if (compareKeys(keyOf(items[i - 1]), keyOf(items[i])) >= 0) return false;
    }
    return true;
  };
}

function compareKeys(a: Uint8Array | number, b: Uint8Array | number): number {
  if (typeof a === 'number') return a - (b as number);
  return compareBytes(a, b as Uint8Array);
}

type Fields = { readonly [name: string]: TSchema };
type Struct = { readonly [name: string]: unknown };

/** A CBOR list of the fields in order, behind `version` if the struct is a whole format. */
export function structCodec(fields: Fields, format: Word, version?: number): Codec<Struct> {
  const names = Object.keys(fields);
  const inner = names.map((name) => compile(fields[name]!, format));
  const extra = version === undefined ? 0 : 1;
  const firstLater = names.findIndex((name) => isLater(fields[name]!));
  const always = firstLater < 0 ? names.length : firstLater;
  assertLast(names.slice(always).map((name) => fields[name]!));
  return {
    read(reader) {
      const offset = reader.at;
      const found = reader.count(MAJOR.list);
      if (found < 0) throw refuse('FORMAT_TYPE', { format, offset });
      if (version !== undefined && found > 0) readVersion(reader, format, version);
      const count = found - extra;
      if (count < always || count > names.length) throw refuse('FORMAT_FIELDS', { format, offset });
      const value: { [name: string]: unknown } = {};
      for (let i = 0; i < count; i++) value[names[i]!] = inner[i]!.read(reader);
      for (let i = count; i < names.length; i++) value[names[i]!] = null;
      // One value has one form: a field that could have been left out is no null.
      if (count > always && value[names[count - 1]!] === null) {
        throw refuse('FORMAT_FIELDS', { format, offset });
      }
      return value;
    },
    write(writer, value) {
      if (typeof value !== 'object' || value === null) {
        throw refuse('FORMAT_TYPE', { format, offset: 0 });
      }
      let count = names.length;
      while (count > always && value[names[count - 1]!] === null) count--;
      writer.list(count + extra);
      if (version !== undefined) writer.integer(version);
      for (let i = 0; i < count; i++) inner[i]!.write(writer, value[names[i]!]);
    },
  };
}

function assertLast(fields: readonly TSchema[]): void {
  if (!fields.every(isLater)) throw new Error('a field stands behind one that may be left out');
}

function readVersion(reader: CborReader, format: Word, version: number): void {
  const offset = reader.at;
  const found = reader.integer();
  if (found === undefined) throw refuse('FORMAT_TYPE', { format, offset });
  if (found !== version) throw refuse('FORMAT_VERSION', { format, version: found });
}

function variantCodec({ cases }: NoteOf<'variant'>, format: Word): Codec<Struct> {
  const inner = new Map(Object.entries(cases).map(([kind, c]) => [kind, compile(c, format)]));
  return {
    read(reader) {
      const offset = reader.at;
      if (reader.count(MAJOR.list) !== 2) throw refuse('FORMAT_TYPE', { format, offset });
      const kind = reader.text();
      if (kind === undefined) throw refuse('FORMAT_TYPE', { format, offset });
      const codec = inner.get(kind);
      if (codec === undefined) throw refuse('FORMAT_WORD', { format, offset });
      return { kind, ...(codec.read(reader) as Struct) };
    },
    write(writer, value) {
      const codec = inner.get(value?.kind as string);
      if (codec === undefined) throw refuse('FORMAT_WORD', { format, offset: 0 });
      writer.list(2);
      writer.text(value.kind as string);
      codec.write(writer, value);
    },
  };
}
