import { appendFileSync, writeFileSync } from 'node:fs';
import { concatBytes } from '@ward/protocol';
import type { OpenRecord } from '@ward/sdk';
import { onFiles } from '../frame/files.ts';
import { isFhir } from '../show/records.ts';
import type { ExportSink } from './export-all.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** A file with one FHIR resource on each line. */
export class ExportLines implements ExportSink {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    onFiles(() => writeFileSync(path, '', { flag: 'wx', mode: 0o600 }));
  }

  put(_place: unknown, record: OpenRecord): boolean {
    if (!isFhir(record)) return false;
    // A line break can only stand between two signs of JSON, where a space means the same.
    const line = record.bytes.map((byte) =>
      byte === LINE_FEED || byte === CARRIAGE_RETURN ? SPACE : byte,
    );
    onFiles(() => appendFileSync(this.#path, concatBytes(line, Uint8Array.of(LINE_FEED))));
    return true;
  }

  end(): void {}
}
