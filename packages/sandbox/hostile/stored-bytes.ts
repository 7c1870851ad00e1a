import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK_BYTES = 4 * 1024 * 1024;
const NEEDLE_BYTES_MIN = 32;
const FILES_MAX = 1_000_000;

export interface StoredBytesOptions {
  /** Folder in which somebody with root on the machine looks: a vault's home. */
  readonly folder: string;
  /** Bytes to look for, such as an object that the server itself gives out; at least 32. */
  readonly bytes: Uint8Array;
}

/** Flips one bit in every copy of some bytes. @returns How many copies there were. */
export function alterStoredBytes(options: StoredBytesOptions): number {
  const middle = options.bytes.length >> 1;
  const altered = Uint8Array.of(options.bytes[middle]! ^ 1);
  return overwrite(options, { at: middle, with: altered });
}

/** Overwrites every copy of some bytes with zeros. @returns How many copies there were. */
export function wipeStoredBytes(options: StoredBytesOptions): number {
  return overwrite(options, { at: 0, with: new Uint8Array(options.bytes.length) });
}

/** Whether some bytes stand anywhere in the files of a folder. */
export function hasStoredBytes(options: StoredBytesOptions): boolean {
  return overwrite(options, { at: 0, with: new Uint8Array(0) }) > 0;
}

function overwrite(
  { folder, bytes }: StoredBytesOptions,
  change: { readonly at: number; readonly with: Uint8Array },
): number {
  if (bytes.length < NEEDLE_BYTES_MIN) throw new Error('too few bytes to be sure what they are');
  let count = 0;
  for (const path of filesIn(folder)) {
    for (const position of placesIn(path, bytes)) {
      count++;
      const file = openSync(path, 'r+');
      writeSync(file, change.with, 0, change.with.length, position + change.at);
      closeSync(file);
    }
  }
  return count;
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).slice(0, FILES_MAX);
  return entries.map((entry) => join(folder, entry)).filter((path) => statSync(path).isFile());
}

/** Positions of `bytes` in a file, which may be larger than memory. */
function placesIn(path: string, bytes: Uint8Array): number[] {
  const places: number[] = [];
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(CHUNK_BYTES + bytes.length - 1);
  let start = 0;
  for (;;) {
    const length = readSync(file, buffer, 0, buffer.length, start);
    const view = buffer.subarray(0, length);
    for (let at = view.indexOf(bytes); at >= 0; at = view.indexOf(bytes, at + 1)) {
      places.push(start + at);
    }
    if (length < buffer.length) break;
    // The next chunk begins before the end of this one, so that none is cut in two.
    start += CHUNK_BYTES;
  }
  closeSync(file);
  return places;
}
