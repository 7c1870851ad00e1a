import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** What became of a process, as a line of its log. */
export interface EndLine {
  readonly level: 'info' | 'error';
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

export interface KeptProcessOptions {
  /** Starts it: the first time, and again whenever it has ended. */
  readonly begin: () => ChildProcess;
  /** Told when it could not be started, and when it has ended. */
  readonly onEnd?: (line: EndLine) => void;
}

/** The first wait before a process that ended is started again, and the longest. */
const RESTART_MS = { first: 100, max: 5000 };
/** One that ran for so long begins with the first wait again. */
const STEADY_MS = 10_000;
const STOP_MS_MAX = 15_000;

/** A child of this process that is started again whenever it ends, until it is stopped. */
export class KeptProcess {
  readonly #options: KeptProcessOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #starts = 0;

  constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  /** Process id; undefined while there is none. */
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
    const { begin, onEnd } = this.#options;
    const child = begin();
    this.#child = child;
    this.#starts++;
    await new Promise<void>((resolve) => {
      child.once('error', ({ message }) => {
        onEnd?.({ level: 'error', message: 'cannot be started', fields: { error: message } });
        resolve();
      });
      child.once('exit', (code, signal) => {
        onEnd?.({ level: 'info', message: 'ended', fields: { code, signal } });
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
