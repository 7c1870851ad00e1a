import type { Word } from '@ward/protocol';
import { type DestinationStream, pino } from 'pino';
import { type PublicFields, publicText } from './public-value.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A structured log that cannot tell of persons: an event is a word of the source code, and its
 * fields are {@link PublicFields}.
 *
 * @example log.info(word('server-listening'), { port: 8080 });
 */
export interface Log {
  debug(event: Word, fields?: PublicFields): void;
  info(event: Word, fields?: PublicFields): void;
  warn(event: Word, fields?: PublicFields): void;
  error(event: Word, fields?: PublicFields): void;
  /** The same log, with fields that stand in every line. */
  with(fields: PublicFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines of JSON go; standard error when left out. */
  readonly destination?: DestinationStream;
}

/** Makes a log. */
export function createLog({ level, destination }: LogOptions): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const lines = pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
  return withFields({});

  function withFields(common: PublicFields): Log {
    const write =
      (at: Exclude<LogLevel, 'silent'>) =>
      (event: Word, fields: PublicFields = {}) => {
        if (lines.isLevelEnabled(at)) lines[at](publicFields({ ...common, ...fields, event }));
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => withFields({ ...common, ...fields }),
    };
  }
}

/** A log that nobody reads. */
export const silentLog: Log = createLog({
  level: 'silent',
  destination: { write: () => undefined },
});

function publicFields(fields: PublicFields): { [name: string]: number | boolean | string } {
  const shown: { [name: string]: number | boolean | string } = {};
  for (const [name, value] of Object.entries(fields)) shown[name] = publicText(value);
  return shown;
}
