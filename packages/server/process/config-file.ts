import { readFileSync } from 'node:fs';
import type { Word } from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { ProcessOption } from './read-options.ts';

type Options = { readonly [name: string]: ProcessOption };

const FILE_BYTES_MAX = 64 * 1024;
const TEXT_LENGTH_MAX = 4096;
/** What an editor reads to know the schema. */
const SCHEMA_KEY = '$schema';
/** They say where the file is, so it cannot. */
const OUTSIDE = new Set(['home', 'config']);

/** Names that may stand in a configuration file. */
export function configKeys(options: Options): string[] {
  return Object.keys(options).filter((name) => !OUTSIDE.has(name));
}

/**
 * The settings of a configuration file, as texts.
 *
 * @param isNeeded Else a file that is not there says nothing.
 * @throws WardError `CONFIG_INVALID`, `CONFIG_KEY_UNKNOWN`.
 */
export function loadConfigFile(
  path: string,
  options: Options,
  { isNeeded }: { readonly isNeeded: boolean },
): { readonly [name: string]: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (!isNeeded && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw refuse('CONFIG_INVALID', { position: 0 });
  }
  const keys = configKeys(options);
  const settings = Object.entries(parseObject(bytes)).filter(([name]) => name !== SCHEMA_KEY);
  return Object.fromEntries(
    settings.map(([name, value], position) => {
      if (!keys.includes(name)) throw unknownKey(name, keys);
      return [name, textOf(value, options[name]!, position)];
    }),
  );
}

function parseObject(bytes: Buffer): { readonly [name: string]: unknown } {
  try {
    if (bytes.length > FILE_BYTES_MAX) throw new Error('too long');
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same refusal: nothing is told of what stands in a file.
  }
  throw refuse('CONFIG_INVALID', { position: 0 });
}

/** @param position Of the setting in the file, from 0. */
function textOf(value: unknown, { form }: ProcessOption, position: number): string {
  const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (form === 'count' && isCount) return String(value);
  const isText = typeof value === 'string' && value.length <= TEXT_LENGTH_MAX;
  if (form !== 'count' && isText) return value;
  throw refuse('CONFIG_INVALID', { position: position + 1 });
}

function unknownKey(name: string, keys: readonly string[]) {
  const [nearest] = [...keys].sort((a, b) => distance(name, a) - distance(name, b));
  // A name of our own, and not the one that was read.
  return refuse('CONFIG_KEY_UNKNOWN', { nearest: nearest as Word });
}

/** Letters that one word has to be changed by to be the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a.slice(0, TEXT_LENGTH_MAX)].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
