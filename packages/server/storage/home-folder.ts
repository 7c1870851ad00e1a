import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8, encodeUtf8, type Format, WardError } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { replaceFile } from './replace-file.ts';

const SEED_BYTES = 32;

/** The folder in which a server keeps what it is: settings to read, keys for its owner alone. */
export class HomeFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await replaceFile(join(this.path, name), bytes);
  }

  async writeJson<T>(name: string, format: Format<T>, value: T): Promise<void> {
    await this.write(name, encodeUtf8(`${JSON.stringify(format.toJson(value), null, 2)}\n`));
  }

  /** @throws WardError `HOME_MISSING`. */
  async read(name: string): Promise<Uint8Array> {
    if (!this.has(name)) throw refuse('HOME_MISSING');
    return new Uint8Array(await readFile(join(this.path, name)));
  }

  /** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
  async readJson<T>(name: string, format: Format<T>): Promise<T> {
    const bytes = await this.read(name);
    try {
      return format.fromJson(JSON.parse(decodeUtf8(bytes)));
    } catch (error) {
      if (error instanceof WardError || error instanceof SyntaxError) throw refuse('HOME_INVALID');
      throw error;
    }
  }

  /** A secret of 32 bytes. @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
  async readSeed(name: string): Promise<Uint8Array> {
    const seed = await this.read(name);
    if (seed.length !== SEED_BYTES) throw refuse('HOME_INVALID');
    return seed;
  }
}
