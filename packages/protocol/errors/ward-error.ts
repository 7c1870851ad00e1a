declare const wordBrand: unique symbol;
declare const hexBrand: unique symbol;

/** A text that stands in the source code, never one that was read from somewhere. */
export type Word = string & { readonly [wordBrand]: true };

/** Lower-case hexadecimal of an id, key or digest. */
export type Hex = string & { readonly [hexBrand]: true };

/**
 * What an error may carry: numbers, words of the source code, and ids. A text from outside does not
 * fit the type, so that no health data can travel in an error.
 */
export type ErrorValue = number | boolean | Word | Hex;
export type ErrorFields = { readonly [field: string]: ErrorValue };

/**
 * Marks a text literal as a {@link Word}. The parameter type refuses any text that the compiler
 * does not know letter by letter.
 *
 * @example word('general')
 */
export function word<const S extends string>(literal: string extends S ? never : S): Word {
  return literal as string as Word;
}

/** What the catalogue says of a code. */
export interface ErrorKind {
  /** HTTP status under which a server answers it. */
  readonly status: number;
  /** What happened, one sentence for a person. */
  readonly text: string;
  /** What to do next, one sentence. */
  readonly next: string;
  /** Names of the fields in `data`. */
  readonly fields: readonly string[];
  /** The same request may succeed later. */
  readonly retry?: boolean;
}

/**
 * Every refusal and failure that a caller can meet, here and from servers.
 *
 * @example
 * try { await ward.consent.revoke({ grant }); }
 * catch (error) { if (error instanceof WardError && error.code === 'GRANT_UNKNOWN') … }
 */
export class WardError extends Error {
  override readonly name = 'WardError';
  /** Stable, part of the interface: see docs/errors.md. */
  readonly code: string;
  readonly data: ErrorFields;
  readonly kind: ErrorKind;

  constructor(code: string, kind: ErrorKind, data: ErrorFields, cause?: unknown) {
    super(kind.text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = kind;
    this.data = data;
  }

  /** Where the code is explained. */
  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`;
  }
}

/** `error` is a refusal with this code. */
export function hasCode(error: unknown, code: string): error is WardError {
  return error instanceof WardError && error.code === code;
}
