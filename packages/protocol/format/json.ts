import type { Static, TSchema } from 'typebox';
import { parseHex, toHex } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Word } from '../errors/ward-error.ts';
import { encodeUtf8 } from '../utf8.ts';
import { orderCheck } from './codec.ts';
import { type FieldNote, isLater, noteOf } from './fields.ts';

/** What JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [k: string]: Json };

type Fields = { readonly [name: string]: TSchema };
type Struct = { readonly [name: string]: unknown };

/** The JSON form of a value that fits `schema`: bytes as hexadecimal, the rest as it is. */
export function toJson(schema: TSchema, value: unknown): Json {
  const note = noteOf(schema);
  switch (note.kind) {
    case 'bytes':
      return toHex(value as Uint8Array);
    case 'nullable':
      return value === null ? null : toJson(note.item, value);
    case 'list':
      return (value as readonly unknown[]).map((item) => toJson(note.item, item));
    case 'struct':
      return structToJson(note.fields, value as Struct);
    case 'variant': {
      const { kind } = value as { kind: string };
      return { kind, ...structToJson(fieldsOf(note.cases[kind]!), value as Struct) };
    }
    default:
      return value as Json;
  }
}

function structToJson(fields: Fields, value: Struct): { [name: string]: Json } {
  const json: { [name: string]: Json } = {};
  for (const [name, schema] of Object.entries(fields)) {
    if (value[name] !== null || !isLater(schema)) json[name] = toJson(schema, value[name]);
  }
  return json;
}

function fieldsOf(schema: TSchema): Fields {
  return (noteOf(schema) as Extract<FieldNote, { kind: 'struct' }>).fields;
}

/**
 * The value that a JSON text, once parsed, stands for.
 *
 * @throws WardError `JSON_INVALID`, `HEX_INVALID` or `TEXT_INVALID` where it does not fit `schema`:
 * whatever is accepted can be encoded.
 */
export function fromJson<S extends TSchema>(schema: S, json: unknown, format: Word): Static<S> {
  return read(schema, json, format) as Static<S>;
}

function read(schema: TSchema, json: unknown, format: Word): unknown {
  const note = noteOf(schema);
  const bad = () => refuse('JSON_INVALID', { format });
  switch (note.kind) {
    case 'bytes': {
      if (typeof json !== 'string' || json.length > 2 * note.max) throw bad();
      const value = parseHex(json);
      if (value.length < note.min) throw bad();
      return value;
    }
    case 'text':
      if (typeof json !== 'string' || json.length > note.max) throw bad();
      if (encodeUtf8(json).length > note.max) throw bad();
      return json;
    case 'integer':
      if (!Number.isSafeInteger(json)) throw bad();
      if ((json as number) < note.min || (json as number) > note.max) throw bad();
      return json;
    case 'boolean':
      if (typeof json !== 'boolean') throw bad();
      return json;
    case 'word':
      if (typeof json !== 'string' || !note.words.includes(json)) throw bad();
      return json;
    case 'nullable':
      return json === null ? null : read(note.item, json, format);
    case 'list':
      return readList(note, json, format);
    case 'struct':
      return readStruct(note.fields, json, format);
    case 'variant':
      return readVariant(note.cases, json, format);
  }
}

function readList(
  { item, min, max, sortedBy }: Extract<FieldNote, { kind: 'list' }>,
  json: unknown,
  format: Word,
): readonly unknown[] {
  if (!Array.isArray(json) || json.length < min || json.length > max) {
    throw refuse('JSON_INVALID', { format });
  }
  const items = json.map((one) => read(item, one, format));
  if (!orderCheck(sortedBy)(items)) throw refuse('JSON_INVALID', { format });
  return items;
}

function readStruct(fields: Fields, json: unknown, format: Word): Struct {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw refuse('JSON_INVALID', { format });
  }
  const value: { [name: string]: unknown } = {};
  let found = 0;
  for (const [name, schema] of Object.entries(fields)) {
    const isThere = Object.hasOwn(json, name);
    if (!isThere && !isLater(schema)) throw refuse('JSON_INVALID', { format });
    value[name] = isThere ? read(schema, (json as Struct)[name], format) : null;
    if (isThere) found++;
  }
  if (Object.keys(json).length !== found) throw refuse('JSON_INVALID', { format });
  return value;
}

function readVariant(cases: Fields, json: unknown, format: Word): Struct {
  if (typeof json !== 'object' || json === null) throw refuse('JSON_INVALID', { format });
  const { kind, ...rest } = json as { kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(cases, kind)) {
    throw refuse('JSON_INVALID', { format });
  }
  return { kind, ...readStruct(fieldsOf(cases[kind]!), rest, format) };
}
