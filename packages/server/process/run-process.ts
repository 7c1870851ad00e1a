import { type Clock, WardError, type Word, word } from '@ward/protocol';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { codeWord, failureWord, placeWord } from '../telemetry/public-value.ts';
import { MovedClock } from './moved-clock.ts';

/** What a process is started with besides its own options. */
export interface ProcessTools {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Something that runs until it is closed. */
export interface Running {
  /** Where it is reached. */
  readonly origin: string;
  /** Where its operator reaches it. */
  readonly opsOrigin?: string;
  /** What to do after the clock was moved, before whoever moved it is told. */
  clockMoved?(): Promise<unknown>;
  close(): Promise<void>;
}

/** What a process tells the one that started it, over Node's IPC channel. */
export type ProcessNews =
  | { readonly kind: 'ready'; readonly origin: string; readonly opsOrigin: string | null }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'clock-moved'; readonly offsetMs: number };

const CLOSE_MS_MAX = 20_000;
export const CLOCK_OFFSET_VARIABLE = 'WARD_CLOCK_OFFSET_MS';
const LOG_LEVEL_VARIABLE = 'WARD_LOG_LEVEL';

/**
 * Runs a server as a process of its own: says when it is ready, closes in order on SIGTERM, SIGINT
 * or when the process that started it is gone, and follows `{ clockOffsetMs }` messages, which it
 * answers.
 *
 * @param start Starts the server; a WardError becomes exit status 1 with its code and advice.
 * @example await runProcess(word('vault'), ({ log, clock, metrics }) => createVault({ … }));
 */
export async function runProcess(
  name: Word,
  start: (tools: ProcessTools) => Promise<Running>,
): Promise<void> {
  const log = createLog({ level: logLevel() }).with({ process: name });
  const clock = new MovedClock({ nowMs: () => Date.now() }, clockOffset());
  const metrics = new Metrics();
  metrics.includeProcess();
  const ending = new Ending(log);
  let running: Running | undefined;
  process.on('message', (message: unknown) => {
    const offsetMs = (message as { clockOffsetMs?: unknown } | null)?.clockOffsetMs;
    if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs)) return;
    clock.offsetMs = offsetMs;
    // A server that cannot act on it now lives with the new time all the same.
    const acted = running?.clockMoved?.().catch(() => undefined);
    void Promise.resolve(acted).then(() => tell({ kind: 'clock-moved', offsetMs }));
  });
  try {
    running = await start({ log, metrics, clock });
    ending.closes(running);
    const { origin, opsOrigin = null } = running;
    tell({ kind: 'ready', origin, opsOrigin });
    log.info(word('ready'));
  } catch (error) {
    explain(error, log);
    ending.exit(1);
  }
}

function logLevel(): LogLevel {
  const wanted = process.env[LOG_LEVEL_VARIABLE];
  return LOG_LEVELS.find((level) => level === wanted) ?? 'info';
}

function clockOffset(): number {
  const offset = Number(process.env[CLOCK_OFFSET_VARIABLE] ?? 0);
  return Number.isFinite(offset) ? offset : 0;
}

function tell(news: ProcessNews): void {
  if (process.connected) process.send?.(news);
}

/** Says why the process cannot start: a code and what to do, for a person on standard error. */
function explain(error: unknown, log: Log): void {
  if (error instanceof WardError) {
    tell({ kind: 'failed', code: error.code });
    log.error(word('start-refused'), { code: codeWord(error) });
    process.stderr.write(`${error.code}: ${error.kind.text} ${error.kind.next}\n`);
    return;
  }
  tell({ kind: 'failed', code: 'INTERNAL' });
  log.error(word('start-failed'), { kind: failureWord(error), place: placeWord(error) });
}

/** The end of the process, once, whatever asks for it. */
class Ending {
  readonly #log: Log;
  #running: Running | undefined;
  #isEnding = false;

  constructor(log: Log) {
    this.#log = log;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void this.#end(0));
    }
    if (process.send !== undefined) {
      process.on('disconnect', () => void this.#end(0));
      // Whoever started this process may have died while its modules were loaded.
      if (!process.connected) void this.#end(0);
    }
    const fail = (error: unknown) => {
      const fields = { kind: failureWord(error), place: placeWord(error) };
      this.#log.error(word('failure'), fields);
      void this.#end(1);
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
  }

  closes(running: Running): void {
    this.#running = running;
    if (this.#isEnding) void running.close().finally(() => this.exit(0));
  }

  async #end(status: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#log.info(word('stopping'));
    setTimeout(() => this.exit(1), CLOSE_MS_MAX).unref();
    try {
      await this.#running?.close();
      this.exit(status);
    } catch (error) {
      this.#log.error(word('failure'), { kind: failureWord(error), place: placeWord(error) });
      this.exit(1);
    }
  }

  exit(status: number): void {
    process.exit(status);
  }
}
