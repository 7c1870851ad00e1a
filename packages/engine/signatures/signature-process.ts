import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { KeptProcess } from '../cometbft/kept-process.ts';

/**
 * The process that verifies signatures in batches, started again whenever it ends; it ends with
 * this one, however this one ends.
 */
export class SignatureProcess {
  readonly #binary: string;
  /** Unix socket on which it listens. */
  readonly path: string;
  readonly #kept: KeptProcess;

  constructor(binary: string, path: string) {
    this.#binary = binary;
    this.path = path;
    this.#kept = new KeptProcess({ begin: () => this.#begin() });
  }

  /** Process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#kept.pid;
  }

  start(): void {
    this.#kept.start();
  }

  #begin(): ChildProcess {
    // Left over by one that was killed.
    rmSync(this.path, { force: true });
    const child = spawn(this.#binary, [this.path], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    return child;
  }

  async stop(): Promise<void> {
    await this.#kept.stop();
  }
}
