import { WardError } from '@ward/protocol';

/** What the exit status says; part of the interface. */
export const EXIT = {
  ok: 0,
  /** Refused or failed, with a code. */
  failed: 1,
  /** The command line, or an answer that it lacks. */
  usage: 2,
  /** A server is not reached, too busy or behind, or a home is in use: try again. */
  unreachable: 3,
  /** Something does not verify, or stays unexplained. */
  unverified: 4,
  /** Stopped with Ctrl-C. */
  stopped: 130,
} as const;

export const EXIT_TEXTS: { readonly [status: number]: string } = {
  [EXIT.ok]: 'done',
  [EXIT.failed]: 'refused or failed; the code says why',
  [EXIT.usage]: 'the command line is wrong, or lacks an answer that nobody was there to give',
  [EXIT.unreachable]: 'a server is not reached, too busy or behind, or a home is in use: try again',
  [EXIT.unverified]: 'something does not verify, or stays unexplained',
  [EXIT.stopped]: 'stopped with Ctrl-C',
};

const USAGE_CODES = new Set([
  ...['COMMAND_UNKNOWN', 'COMMAND_MISSING', 'OPTION_UNKNOWN', 'OPTION_VALUE_MISSING'],
  ...['ARGUMENT_MISSING', 'ARGUMENTS_TOO_MANY', 'ARGUMENT_INVALID', 'FLAG_NEEDED'],
  ...['FLAGS_CONFLICT', 'PASSPHRASE_MISSING'],
]);
const BAD_GATEWAY = 502;
const UNAVAILABLE = 503;
const TOO_MANY = 429;

/** The exit status for a failure. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof WardError)) return EXIT.failed;
  const { code, kind } = error;
  if (code === 'STOPPED') return EXIT.stopped;
  if (USAGE_CODES.has(code)) return EXIT.usage;
  if (kind.retry === true || kind.status === UNAVAILABLE || kind.status === TOO_MANY) {
    return EXIT.unreachable;
  }
  return kind.status === BAD_GATEWAY ? EXIT.unverified : EXIT.failed;
}
