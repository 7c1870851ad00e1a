import { type ChildProcess, fork } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorCatalogue, type Word, word } from '@ward/protocol';
import { CLOCK_OFFSET_VARIABLE, type ProcessNews } from '@ward/server';
import { refuse } from './errors.ts';
import type { ServerKind } from './organisations.ts';

/** A line that a server logged, or that the sandbox has to say of it. */
export interface SandboxLogLine {
  readonly organisation: string;
  readonly server: ServerKind;
  /** A line of JSON of the server's own log, or a sentence of the sandbox. */
  readonly text: string;
}

export interface ServerProcessOptions {
  readonly organisation: string;
  readonly kind: ServerKind;
  /** Program that the process runs: the server's own entry. */
  readonly entry: string;
  readonly flags: readonly string[];
  readonly clockOffsetMs: number;
  readonly onLog: (line: SandboxLogLine) => void;
  /** The process ended though nobody had asked for it. */
  readonly onDeath: (server: ServerProcess) => void;
}

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 25_000;
/** Where Node keeps compiled modules: a server starts in half the time from the second time on. */
const COMPILE_CACHE = join(homedir(), '.cache', 'ward', 'compile');

/**
 * One server of the sandbox in a process of its own, as its organisation would run it. It ends with
 * the process that started it, whatever becomes of that one: the channel between them closes.
 */
export class ServerProcess {
  readonly organisation: string;
  readonly kind: ServerKind;
  readonly #options: ServerProcessOptions;
  #clockOffsetMs: number;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isEnding = false;
  origin = '';
  opsOrigin = '';

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    this.organisation = options.organisation;
    this.kind = options.kind;
    this.#clockOffsetMs = options.clockOffsetMs;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Starts the process, also again after it was stopped or killed.
   *
   * @param preload URL of a module that it loads before its own program.
   * @throws WardError `SANDBOX_SERVER_FAILED`, `SANDBOX_SERVER_SLOW`.
   */
  async start({ preload }: { readonly preload?: string } = {}): Promise<void> {
    if (this.#child !== undefined) return;
    const { entry, flags } = this.#options;
    const child = fork(entry, flags, {
      env: environment(this.#clockOffsetMs),
      execArgv: preload === undefined ? [] : ['--import', preload],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C reaches the sandbox, which stops its servers in order.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    this.#isEnding = false;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve(this.#onExit(child))));
    const lines = createInterface({ input: child.stderr! });
    lines.on('line', (text) => this.#log(text));
    try {
      const { origin, opsOrigin } = await this.#ready(child);
      this.origin = origin;
      this.opsOrigin = opsOrigin ?? '';
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  #ready(child: ChildProcess): Promise<Extract<ProcessNews, { kind: 'ready' }>> {
    const server = this.kind as string as Word;
    return new Promise((resolve, reject) => {
      const failed = (said: string) => {
        const code = errorCatalogue().has(said) ? (said as Word) : word('unknown');
        reject(refuse('SANDBOX_SERVER_FAILED', { server, code }));
      };
      const slow = () => reject(refuse('SANDBOX_SERVER_SLOW', { server }));
      const timer = setTimeout(slow, START_MS_MAX);
      child.once('error', () => failed(''));
      child.once('exit', () => failed(''));
      child.once('message', (message) => {
        const news = message as ProcessNews;
        if (news.kind === 'ready') resolve(news);
        else failed(news.kind === 'failed' ? news.code : '');
      });
      child.once('exit', () => clearTimeout(timer));
      child.once('message', () => clearTimeout(timer));
    });
  }

  #onExit(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#isEnding) return;
    const how = child.signalCode ?? `status ${child.exitCode}`;
    this.#log(`The ${this.kind} of ${this.organisation} has died (${how}).`);
    this.#options.onDeath(this);
  }

  #log(text: string): void {
    const { organisation, kind: server } = this;
    this.#options.onLog({ organisation, server, text });
  }

  /** Tells the process which time it is, and waits until it has acted on it. */
  async moveClock(offsetMs: number): Promise<void> {
    this.#clockOffsetMs = offsetMs;
    const child = this.#child;
    if (child?.connected !== true) return;
    const acted = new Promise<void>((resolve) => {
      const onMessage = (message: unknown) => {
        const news = message as ProcessNews;
        if (news.kind !== 'clock-moved' || news.offsetMs !== offsetMs) return;
        child.off('message', onMessage);
        resolve();
      };
      child.on('message', onMessage);
    });
    child.send({ clockOffsetMs: offsetMs });
    await Promise.race([acted, this.#ended]);
  }

  /** Waits until the process ends by itself, which is no news then. */
  async ended(): Promise<void> {
    this.#isEnding = true;
    await this.#ended;
  }

  /** Ends the process in order: it answers what it has in work. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM', STOP_MS_MAX);
  }

  /** Ends the process at once, as a failure of its machine would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', STOP_MS_MAX);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL', msMax: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#isEnding = true;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), msMax);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** The environment of this process, without what would configure a server of the sandbox. */
function environment(clockOffsetMs: number): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('WARD_'));
  const level = process.env.WARD_LOG_LEVEL ?? 'warn';
  return {
    ...Object.fromEntries(own),
    WARD_LOG_LEVEL: level,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? COMPILE_CACHE,
    [CLOCK_OFFSET_VARIABLE]: String(clockOffsetMs),
  };
}
