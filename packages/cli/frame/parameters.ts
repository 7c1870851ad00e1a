import { type Hex, type Seconds, type Word, word } from '@ward/protocol';
import { refuse } from '../errors.ts';

/**
 * What a command takes: an argument or an option, with how its text becomes a value. Names come
 * from the keys under which a command declares it: `fromNowOn` is the flag `--from-now-on`.
 */
export interface Parameter<T> {
  readonly kind: 'flag' | 'one' | 'many';
  /** What stands for the value in the help: `TIME`, `CHART`. */
  readonly placeholder: string;
  readonly help: string;
  /** An argument that may be left out, as every option may. */
  readonly isOptional: boolean;
  /** Words of which the value is one. */
  readonly choices: readonly string[];
  /** What is completed by file names. */
  readonly isPath: boolean;
  /** What it is when it is left out; for the help only where `T` says so. */
  readonly fallback: string | undefined;
  /** @throws WardError `ARGUMENT_INVALID`. */
  parse(text: string, name: Word): T;
}

type Kinds = { readonly [name: string]: Parameter<unknown> };

/** The value of one parameter, as the command gets it. */
export type ValueOf<P> =
  P extends Parameter<infer T>
    ? P extends { readonly kind: 'flag' }
      ? boolean
      : P extends { readonly kind: 'many' }
        ? readonly T[]
        : P extends { readonly isOptional: false }
          ? T
          : T | undefined
    : never;
export type ValuesOf<K extends Kinds> = { readonly [N in keyof K]: ValueOf<K[N]> };

type Needed<T> = Parameter<T> & { readonly kind: 'one'; readonly isOptional: false };
type Optional<T> = Parameter<T> & { readonly kind: 'one'; readonly isOptional: true };
type Many<T> = Parameter<T> & { readonly kind: 'many' };
type Flag = Parameter<boolean> & { readonly kind: 'flag' };

export function badForm(parameter: Word, form: Word) {
  return refuse('ARGUMENT_INVALID', { parameter, form });
}

const TEXT_LENGTH_MAX = 4096;
const TEXT_FORM = word('text of at most 4,096 letters, with at least one');

/** Any text that is not empty. */
export function text(placeholder: string, help: string): Needed<string> {
  return {
    ...{ kind: 'one', placeholder, help, isOptional: false, choices: [], isPath: false },
    fallback: undefined,
    parse(given, name) {
      if (given === '' || given.length > TEXT_LENGTH_MAX) throw badForm(name, TEXT_FORM);
      return given;
    },
  };
}

/** A file or folder; `-` stands for standard input or output where the command says so. */
export function path(placeholder: string, help: string): Needed<string> {
  return { ...text(placeholder, help), isPath: true };
}

/** One of a few words. */
export function oneOf<const W extends readonly string[]>(
  words: W,
  placeholder: string,
  help: string,
): Needed<W[number]> {
  return {
    ...text(placeholder, help),
    choices: words,
    parse(given, name) {
      const found = words.find((each) => each.toLowerCase() === given.toLowerCase());
      if (found === undefined) throw badForm(name, word('one of the words that --help lists'));
      return found;
    },
  };
}

/** A whole number within bounds. */
export function integer(
  placeholder: string,
  { min, max }: { readonly min: number; readonly max: number },
  help: string,
): Needed<number> {
  return {
    ...text(placeholder, help),
    parse(given, name) {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      if (!(value >= min && value <= max))
        throw badForm(name, word('a whole number in its bounds'));
      return value;
    },
  };
}

const PARTS_MAX = 1_000_000;

/** A part of a whole: 2/3. */
export function fraction(
  help: string,
): Needed<{ readonly numerator: number; readonly denominator: number }> {
  return {
    ...text('FRACTION', help),
    parse(given, name) {
      const [numerator, denominator] = (/^(\d{1,7})\/(\d{1,7})$/.exec(given) ?? [])
        .slice(1)
        .map(Number);
      const isPart =
        numerator !== undefined &&
        denominator !== undefined &&
        denominator > 0 &&
        Math.max(numerator, denominator) <= PARTS_MAX;
      if (!isPart) throw badForm(name, word('a fraction: 2/3'));
      return { numerator, denominator };
    },
  };
}

const SECONDS_BY_UNIT: { readonly [unit: string]: number } = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_557_600,
};

/** A duration: 45m, 12h, 30d, 2w, 1y. */
export function duration(help: string): Needed<Seconds> {
  return {
    ...text('DURATION', help),
    parse(given, name) {
      const match = /^(\d{1,6})([smhdwy])$/.exec(given);
      const seconds = match === null ? 0 : Number(match[1]) * SECONDS_BY_UNIT[match[2]!]!;
      if (seconds === 0) throw badForm(name, word('a duration: 45m, 12h, 30d, 2w, 1y'));
      return seconds;
    },
  };
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date or time of ISO 8601; without a zone it is UTC. */
export function time(help: string): Needed<Seconds> {
  return {
    ...text('TIME', help),
    parse(given, name) {
      const form = word('a date or time of ISO 8601: 2027-01-31, 2027-01-31T12:00Z');
      if (!ISO_TIME.test(given)) throw badForm(name, form);
      const isZoned = /(Z|[+-]\d{2}:\d{2})$/.test(given) || !given.includes('T');
      const milliseconds = Date.parse(isZoned ? given : `${given}Z`);
      if (Number.isNaN(milliseconds) || milliseconds < 0) throw badForm(name, form);
      return Math.floor(milliseconds / 1000);
    },
  };
}

/** Whole bytes in hexadecimal, as other commands print them. */
export function hex(
  placeholder: string,
  { bytes }: { readonly bytes: number },
  help: string,
): Needed<Hex> {
  return {
    ...text(placeholder, help),
    parse(given, name) {
      const lower = given.toLowerCase();
      if (lower.length !== 2 * bytes || !/^[0-9a-f]*$/.test(lower)) {
        throw badForm(name, word('an id in hexadecimal, whole'));
      }
      return lower as Hex;
    },
  };
}

/** The server of an organisation: scheme, host and port. */
export function origin(help: string): Needed<string> {
  return {
    ...text('ORIGIN', help),
    parse(given, name) {
      const form = word('an origin: https://vault.example.org:8443');
      if (!URL.canParse(given)) throw badForm(name, form);
      const url = new URL(given);
      const isOrigin = /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
      if (!isOrigin || url.username !== '' || url.hash !== '') throw badForm(name, form);
      return url.origin;
    },
  };
}

/** The same, but it may be left out. */
export function optional<T>(parameter: Needed<T>, fallback?: string): Optional<T> {
  return { ...parameter, isOptional: true, fallback };
}

/** The same, but it may come several times, or not at all. */
export function many<T>(parameter: Needed<T>): Many<T> {
  return { ...parameter, kind: 'many', isOptional: true };
}

/** The same, at least once; for the last argument of a command. */
export function several<T>(parameter: Needed<T>): Many<T> {
  return { ...parameter, kind: 'many', isOptional: false };
}

/** An option without a value. */
export function flag(help: string): Flag {
  return {
    ...{ kind: 'flag', placeholder: '', help, isOptional: true, choices: [], isPath: false },
    fallback: undefined,
    parse: () => true,
  };
}
