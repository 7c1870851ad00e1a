import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type Endpoint,
  errorCatalogue,
  type Hex,
  toHex,
  type WardError,
  type Word,
  word,
} from '@ward/protocol';

/** An organisation: public on purpose, so its id may stand in a log. */
export class PublicOrganisation {
  readonly hex: Hex;

  /** @param id 16 bytes: a chart's id or a slot has 32, and is refused. */
  constructor(id: AccountId) {
    if (id.length !== ACCOUNT_ID_BYTES) throw new Error('not the id of an organisation');
    this.hex = toHex(id);
  }
}

/**
 * All that a log line or a metric label can carry: numbers, flags, words of the source code,
 * organisations. No text from outside has the type, and no chart id, slot or digest.
 */
export type PublicValue = number | boolean | Word | PublicOrganisation;
export type PublicFields = { readonly [name: string]: PublicValue };

export const WITHHELD = word('withheld');

/** Longest word of the source code that a log shows. */
const WORD_LENGTH_MAX = 80;
/** Hexadecimal of 12 bytes or more is no word, whatever its type says. */
const LONG_HEX = /[0-9a-f]{24}/i;

/**
 * What is written for a value. The types keep texts out; this keeps them out as well where a type
 * was forced.
 */
export function publicText(value: PublicValue): number | boolean | string {
  if (value instanceof PublicOrganisation) return value.hex;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const isWord = typeof value === 'string' && /^[\w .:/+-]*$/.test(value);
  return isWord && value.length <= WORD_LENGTH_MAX && !LONG_HEX.test(value) ? value : WITHHELD;
}

/** The name of a door: it stands in the source code where the door is declared. */
export function doorWord({ name }: Pick<Endpoint, 'name'>): Word {
  return name as Word;
}

/** The code of an error, if it is one of the catalogue. */
export function codeWord({ code }: WardError): Word {
  return errorCatalogue().has(code) ? (code as Word) : WITHHELD;
}

const SYSTEM_CODES = new Set([
  ...['EACCES', 'ECONNREFUSED', 'ECONNRESET', 'EEXIST', 'EIO', 'EMFILE', 'ENOENT', 'ENOSPC'],
  ...['EPERM', 'EPIPE', 'ETIMEDOUT', 'EADDRINUSE', 'EADDRNOTAVAIL', 'ERR_SQLITE_ERROR'],
]);
const ERROR_NAMES = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AbortError']);

/** What kind of failure an unexpected error is, without its message. */
export function failureWord(error: unknown): Word {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && SYSTEM_CODES.has(code)) return code as Word;
  return typeof name === 'string' && ERROR_NAMES.has(name) ? (name as Word) : word('unknown');
}

/**
 * Where in the source code an unexpected error was thrown: `unit-store.ts:31`. The message may
 * quote what the error is about, so it is never shown.
 */
export function placeWord(error: unknown): Word {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = /^ +at .*?([\w.-]+\.[mc]?[jt]s:\d+):\d+\)?$/m.exec(stack.slice(0, 8192));
  return (frame?.[1] ?? 'unknown') as Word;
}
