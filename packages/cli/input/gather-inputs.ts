import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { collectBody } from '@ward/protocol';
import { INGEST_LIMITS, type IngestInput } from '@ward/sdk/ingest';
import { refuse } from '../errors.ts';
import { onFiles } from '../frame/files.ts';
import type { Terminal } from '../frame/terminal.ts';

export const STANDARD_INPUT = '-';
/** Bytes of all files that are planned together; they stand in memory. */
export const INPUT_BYTES_MAX = 1024 ** 3;
const FOLDER_DEPTH_MAX = 32;

/** A file that was named, or found in a folder that was named. */
export interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * All files that paths name: folders with everything below them, in the order of their names,
 * without what is hidden.
 *
 * @throws WardError `FILE_*`, `INPUTS_MISSING`, `INPUTS_TOO_LARGE`.
 */
export function findFiles(paths: readonly string[]): FoundFile[] {
  const files = onFiles(() => paths.flatMap((path) => filesBelow(path, 0)));
  if (files.length === 0) throw refuse('INPUTS_MISSING');
  const { inputsMax: max } = INGEST_LIMITS;
  if (files.length > max) throw refuse('INPUTS_TOO_LARGE', { sizeBytes: sizeOf(files), max });
  return files;
}

function filesBelow(path: string, depth: number): FoundFile[] {
  if (path === STANDARD_INPUT && depth === 0) return [{ path, sizeBytes: 0 }];
  const status = statSync(path);
  if (!status.isDirectory()) return [{ path, sizeBytes: status.size }];
  // A link may lead back up: there is no file that lies deeper.
  if (depth === FOLDER_DEPTH_MAX) return [];
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => filesBelow(join(path, name), depth + 1));
}

function sizeOf(files: readonly FoundFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/**
 * Files read into memory.
 *
 * @param mediaType What they are; told by name and content where undefined.
 * @throws WardError `INPUTS_TOO_LARGE`, `FILE_*`.
 */
export async function loadInputs(
  files: readonly FoundFile[],
  mediaType: string | undefined,
  terminal: Terminal,
): Promise<IngestInput[]> {
  const sizeBytes = sizeOf(files);
  if (sizeBytes > INPUT_BYTES_MAX) throw tooLarge(sizeBytes);
  const inputs: IngestInput[] = [];
  for (const { path } of files) {
    const isPipe = path === STANDARD_INPUT;
    const bytes = isPipe
      ? await readPipe(terminal)
      : onFiles(() => new Uint8Array(readFileSync(path)));
    const name = isPipe ? '' : basename(path);
    inputs.push({ bytes, name, ...(mediaType === undefined ? {} : { mediaType }) });
  }
  return inputs;
}

async function readPipe(terminal: Terminal): Promise<Uint8Array> {
  const bytes = await collectBody(terminal.read(), INPUT_BYTES_MAX);
  if (bytes === undefined) throw tooLarge(INPUT_BYTES_MAX);
  return bytes;
}

function tooLarge(sizeBytes: number) {
  return refuse('INPUTS_TOO_LARGE', { sizeBytes, max: INPUT_BYTES_MAX });
}
