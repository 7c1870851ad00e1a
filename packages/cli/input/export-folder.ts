import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '@ward/protocol';
import type { OpenRecord } from '@ward/sdk';
import { onFiles, writeNewFile } from '../frame/files.ts';
import type { ExportSink } from './export-all.ts';

const NAME_LETTERS_MAX = 80;

const ENDINGS: { readonly [mediaType: string]: string } = {
  'application/fhir+json': '.json',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/dicom': '.dcm',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/tiff': '.tiff',
  'text/plain': '.txt',
  'text/csv': '.csv',
};

/** A folder with one file for each record: `general/4fa1c09b-0-Encounter-12.json`. */
export class ExportFolder implements ExportSink {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  put({ kind, unit }: { readonly kind: string; readonly unit: string }, record: OpenRecord) {
    const path = join(this.#folder, kind, `${unit}-${fileName(record)}`);
    const isThere = onFiles(
      () => existsSync(path) && equalBytes(new Uint8Array(readFileSync(path)), record.bytes),
    );
    if (!isThere) writeNewFile(path, record.bytes);
    return true;
  }

  end(): void {
    onFiles(() => mkdirSync(this.#folder, { recursive: true }));
  }
}

/** A name that cannot leave the folder, whatever the record calls itself. */
export function fileName({ index, metadata }: Pick<OpenRecord, 'index' | 'metadata'>): string {
  const { resourceType, name, mediaType } = metadata;
  const said = [resourceType, name].filter(Boolean).join('-');
  const safe = said
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, NAME_LETTERS_MAX)
    .replace(/[._-]+$/, '');
  const ending = ENDINGS[mediaType] ?? '';
  const named = safe === '' ? `${index}` : `${index}-${safe}`;
  return named.toLowerCase().endsWith(ending) ? named : named + ending;
}
