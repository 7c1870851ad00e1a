import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../repository.ts';

/** What a vector file holds: JSON without floats, bytes as lower-case hexadecimal. */
export type VectorJson =
  | null
  | boolean
  | number
  | string
  | readonly VectorJson[]
  | { readonly [name: string]: VectorJson };

/** Path below vectors/ and content of one file. */
export interface VectorFile {
  readonly path: string;
  readonly content: VectorJson;
}

/** The text of a vector file; the same content always gives the same bytes. */
export function vectorText({ content }: VectorFile): string {
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** Writes the files below vectors/. */
export function saveVectors(files: readonly VectorFile[]): void {
  for (const file of files) {
    const path = join(REPOSITORY, 'vectors', file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, vectorText(file));
  }
}
