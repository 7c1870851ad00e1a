import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

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

/** The first wait before a process that ended is started again, and the longest. */
const RESTART_MS = { first: 100, max: 5000 };
/** One that ran for so long begins with the first wait again. */
const STEADY_MS = 10_000;
const STOP_MS_MAX = 15_000;

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
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #starts = 0;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
  }

  /** Process id of CometBFT; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Times that it ended and was started again. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  start(): void {
    this.#running ??= this.#keepRunning();
  }

  async #keepRunning(): Promise<void> {
    let pauseMs = RESTART_MS.first;
    while (!this.#stopping.signal.aborted) {
      const startedMs = performance.now();
      await this.#runOnce();
      const isSteady = performance.now() - startedMs > STEADY_MS;
      pauseMs = isSteady ? RESTART_MS.first : Math.min(pauseMs * 2, RESTART_MS.max);
      await wait(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #runOnce(): Promise<void> {
    const { binary, home, rpcPath, onLog } = this.#options;
    rmSync(rpcPath, { force: true });
    const flags = ['start', '--home', home, ...(hasSigned(home) ? [] : CAREFUL)];
    const child = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#starts++;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        const line = readLogLine(text);
        onLog?.(line);
        // It goes on as a process that takes no part in anything any more.
        if (line.message.startsWith(CONSENSUS_FAILURE)) child.kill('SIGKILL');
      });
    }
    await new Promise<void>((resolve) => {
      child.once('error', (error) => {
        onLog?.({ level: 'error', message: 'cannot be started', fields: { error: error.message } });
        resolve();
      });
      child.once('exit', (code, signal) => {
        onLog?.({ level: 'info', message: 'ended', fields: { code, signal } });
        resolve();
      });
    });
    this.#child = undefined;
  }

  /** Ends it in good order, to be started again. */
  restart(): void {
    this.#child?.kill('SIGTERM');
  }

  /** Ends it in good order; by force when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child !== undefined) {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      const exited = child.exitCode === null && child.signalCode === null && once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      clearTimeout(force);
    }
    await this.#running;
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
