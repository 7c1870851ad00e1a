import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { EngineLogLine } from '@ward/engine';
import { word } from '@ward/protocol';
import type { Log } from '@ward/server';

/** Each of the two files that are kept; the newest lines stand in the first. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const OWNER_ONLY = 0o600;

/**
 * What CometBFT says, in `cometbft.log` and `cometbft.log.1` of a node's home. Its lines are free
 * text, so they do not go into the node's own log: that says when there is trouble to read about.
 */
export class EngineLog {
  readonly #path: string;
  readonly #log: Log;
  #file: number | undefined;
  #bytes = 0;

  constructor(home: string, log: Log) {
    this.#path = join(home, 'cometbft.log');
    this.#log = log;
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.#open();
  }

  #open(): void {
    this.#bytes = existsSync(this.#path) ? statSync(this.#path).size : 0;
    this.#file = openSync(this.#path, 'a', OWNER_ONLY);
  }

  write(line: EngineLogLine): void {
    const { level, message, fields } = line;
    if (level === 'error') this.#log.error(word('engine-error-logged'));
    if (this.#file === undefined) return;
    const time = new Date().toISOString();
    const bytes = Buffer.from(`${JSON.stringify({ time, level, message, ...fields })}\n`);
    if (this.#bytes + bytes.length > FILE_BYTES_MAX) this.#turn();
    try {
      writeSync(this.#file, bytes);
      this.#bytes += bytes.length;
    } catch {
      // A full disk is told by the ledger; a line less of this log harms nobody.
    }
  }

  #turn(): void {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
    this.#open();
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
