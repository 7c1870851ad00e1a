import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KeptProcess } from './kept-process.ts';

/** A line of CometBFT's log: its message, and the names and values that stand beside it. */
export interface EngineLogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

export interface EngineProcessOptions {
  /** The pinned CometBFT. */
  readonly binary: string;
  readonly home: string;
  /** Unix socket of its RPC: one that a killed process left would keep a new one from starting. */
  readonly rpcPath: string;
  readonly onLog?: ((line: EngineLogLine) => void) | undefined;
}

/** What CometBFT says when its consensus has ended, as by a full disk. */
const CONSENSUS_FAILURE = 'CONSENSUS FAILURE';
/**
 * A validator that remembers no vote waits until the blocks of so many heights are without one of
 * its key: it may have voted before it lost its files, and must not do so twice.
 */
export const CAREFUL_BLOCKS = 10;
const CAREFUL = ['--consensus.double_sign_check_height', `${CAREFUL_BLOCKS}`];

/** Whether it is on record what the key of this home signed last. */
export function hasSigned(home: string): boolean {
  try {
    const path = join(home, 'data', 'priv_validator_state.json');
    const { height } = JSON.parse(readFileSync(path, 'utf8')) as { readonly height: unknown };
    return height !== '0';
  } catch {
    return false;
  }
}

/** CometBFT as a child of this process: started again whenever it ends, until it is stopped. */
export class EngineProcess {
  readonly #options: EngineProcessOptions;
  readonly #kept: KeptProcess;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#kept = new KeptProcess({
      begin: () => this.#begin(),
      onEnd: (line) => options.onLog?.(line),
    });
  }

  /** Process id of CometBFT; undefined while there is none. */
  get pid(): number | undefined {
    return this.#kept.pid;
  }

  /** Times that it ended and was started again. */
  get restarts(): number {
    return this.#kept.restarts;
  }

  start(): void {
    this.#kept.start();
  }

  #begin(): ChildProcess {
    const { binary, home, rpcPath, onLog } = this.#options;
    rmSync(rpcPath, { force: true });
    const flags = ['start', '--home', home, ...(hasSigned(home) ? [] : CAREFUL)];
    const child = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        const line = readLogLine(text);
        onLog?.(line);
        // It goes on as a process that takes no part in anything any more.
        if (line.message.startsWith(CONSENSUS_FAILURE)) child.kill('SIGKILL');
      });
    }
    return child;
  }

  /** Ends it in good order, to be started again. */
  restart(): void {
    this.#kept.restart();
  }

  /** Ends it in good order; by force when it takes too long. */
  async stop(): Promise<void> {
    await this.#kept.stop();
  }
}

/** A line of JSON as CometBFT writes it; anything else is a message as it stands. */
export function readLogLine(line: string): EngineLogLine {
  try {
    const { level, _msg: message, ...fields } = JSON.parse(line) as { [name: string]: unknown };
    if (typeof message === 'string') return { level: String(level), message, fields };
  } catch {
    // What Go's runtime says when it fails is no JSON.
  }
  return { level: 'error', message: line, fields: {} };
}
