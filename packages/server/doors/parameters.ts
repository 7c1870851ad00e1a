import { type FieldNote, field, parseHex } from '@ward/protocol';
import type { TSchema } from 'typebox';
import { refuse } from '../errors.ts';

type Fields = { readonly [name: string]: TSchema };
type Texts = { readonly [name: string]: unknown };

/** Digits of a safe integer. */
const DIGITS_MAX = 16;

/**
 * Parameters of a path or query by their schemas: bytes stand as hexadecimal, numbers in decimal; a
 * nullable one may be left out.
 *
 * @throws WardError `PARAMETER_INVALID`, also for a name that the endpoint does not have.
 */
export function parseParameters(fields: Fields, texts: Texts): { [name: string]: unknown } {
  const names = Object.keys(fields);
  if (!Object.keys(texts).every((name) => Object.hasOwn(fields, name))) {
    throw refuse('PARAMETER_INVALID', { position: names.length });
  }
  const values: { [name: string]: unknown } = {};
  for (const [position, name] of names.entries()) {
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    const value = parseParameter(field.noteOf(fields[name]!), text);
    if (value === undefined) throw refuse('PARAMETER_INVALID', { position });
    values[name] = value;
  }
  return values;
}

/** The value; undefined where the text is none. */
function parseParameter(note: FieldNote, text: unknown): unknown {
  if (note.kind === 'nullable') {
    return text === undefined ? null : parseParameter(field.noteOf(note.item), text);
  }
  if (typeof text !== 'string') return undefined;
  switch (note.kind) {
    case 'bytes':
      return parseBytes(text, note);
    case 'integer':
      return parseInteger(text, note);
    case 'word':
      return note.words.includes(text) ? text : undefined;
    default:
      return undefined;
  }
}

function parseBytes(text: string, { min, max }: { min: number; max: number }) {
  if (text.length < 2 * min || text.length > 2 * max) return undefined;
  try {
    return parseHex(text);
  } catch {
    return undefined;
  }
}

function parseInteger(text: string, { min, max }: { min: number; max: number }) {
  if (!/^(0|[1-9][0-9]*)$/.test(text) || text.length > DIGITS_MAX) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
