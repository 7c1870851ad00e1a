import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Format } from '@ward/protocol';
import { WardError, type Word } from '@ward/protocol';
import { refuse } from '../errors.ts';

const FILE_CODES: { readonly [errno: string]: Parameters<typeof refuse>[0] } = {
  ENOENT: 'FILE_NOT_FOUND',
  ENOTDIR: 'FILE_NOT_FOUND',
  EACCES: 'FILE_REFUSED',
  EPERM: 'FILE_REFUSED',
  EROFS: 'FILE_REFUSED',
  EISDIR: 'FILE_REFUSED',
  ENAMETOOLONG: 'FILE_REFUSED',
  ELOOP: 'FILE_REFUSED',
  ERR_INVALID_ARG_VALUE: 'FILE_REFUSED',
  EEXIST: 'FILE_EXISTS',
  ENOSPC: 'FILE_DISK_FULL',
  EDQUOT: 'FILE_DISK_FULL',
};

/** An error of the file system as one of ours, with what Node said as its cause. */
export function fileError(error: unknown): unknown {
  const code = FILE_CODES[(error as { code?: string } | null)?.code ?? ''];
  if (code === undefined || error instanceof WardError) return error;
  return Object.assign((refuse as (code: string) => WardError)(code), { cause: error });
}

/** Runs work on files; what goes wrong has a code. */
export function onFiles<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error);
  }
}

/** A file that must not be there yet. @throws WardError `FILE_EXISTS`, `FILE_*`. */
export function writeNewFile(path: string, content: string | Uint8Array): void {
  onFiles(() => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
  });
}

const JSON_BYTES_MAX = 64 * 1024 * 1024;

/**
 * A file of one of our formats, in JSON.
 *
 * @throws WardError `FILE_INVALID`, `FILE_*`.
 */
export function loadJsonFile<T>(path: string, format: Format<T>): T {
  const bytes = onFiles(() => readFileSync(path));
  const wrong = () => refuse('FILE_INVALID', { wanted: format.name });
  if (bytes.length > JSON_BYTES_MAX) throw wrong();
  try {
    return format.fromJson(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw Object.assign(wrong(), { cause });
  }
}

/** A value of one of our formats as the text of a JSON file. */
export function jsonText<T>(format: Format<T>, value: T): string {
  return `${JSON.stringify(format.toJson(value), null, 2)}\n`;
}

/** Marks what a refusal says it wanted: the name of a format is a word of the source. */
export function wrongFile(wanted: Word): WardError {
  return refuse('FILE_INVALID', { wanted });
}
