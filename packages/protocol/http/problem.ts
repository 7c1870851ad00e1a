import { errorCatalogue } from '../errors/define-errors.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { type ErrorFields, type ErrorValue, WardError, type Word } from '../errors/ward-error.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';

/** `application/problem+json` (RFC 9457) with Ward's code and its data. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly data: ErrorFields;
}

export const PROBLEM_TYPE = 'application/problem+json';
const PROBLEM_BYTES_MAX = 64 * 1024;
/** Too many requests, service unavailable. */
const BUSY = [429, 503];
const RETRY_SECONDS = 1;
/** An id, key, digest or signature. */
const HEX = /^(?:[0-9a-f]{2}){1,64}$/;
/** A name of our software, as `put-header`: too short, and of too few signs, to say anything. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

export function toProblem(error: WardError): Problem {
  const { code, kind, data, docs } = error;
  return { type: docs, title: kind.text, status: kind.status, code, data };
}

/**
 * The error that a server's problem stands for. A server chooses among the codes that this software
 * knows; its words are never shown.
 *
 * @returns `ANSWER_INVALID` when it is no problem, or has an unknown code; `SERVER_BUSY` where the
 * code is unknown and its status says that another time is better.
 */
export function parseProblem(bytes: Uint8Array, endpoint: Word): WardError {
  const invalid = refuse('ANSWER_INVALID', { endpoint });
  if (bytes.length > PROBLEM_BYTES_MAX) return invalid;
  try {
    const json: unknown = JSON.parse(decodeUtf8(bytes));
    if (typeof json !== 'object' || json === null) return invalid;
    const { code, data, status } = json as { code?: unknown; data?: unknown; status?: unknown };
    const kind = typeof code === 'string' ? errorCatalogue().get(code) : undefined;
    if (kind === undefined && BUSY.some((each) => each === status)) {
      return refuse('SERVER_BUSY', { retrySeconds: RETRY_SECONDS });
    }
    if (kind === undefined) return invalid;
    return new WardError(code as string, kind, readFields(data, kind.fields));
  } catch {
    return invalid;
  }
}

/** The fields that the catalogue names, as numbers, flags, hexadecimal or short names. */
function readFields(data: unknown, fields: readonly string[]): ErrorFields {
  const read: { [field: string]: ErrorValue } = {};
  if (typeof data !== 'object' || data === null) return read;
  for (const field of fields) {
    const value = (data as { [field: string]: unknown })[field];
    if (typeof value === 'boolean' || typeof value === 'number') read[field] = value;
    else if (typeof value === 'string' && (HEX.test(value) || NAME.test(value))) {
      read[field] = value as Word;
    }
  }
  return read;
}

export function encodeProblem(error: WardError): Uint8Array {
  return encodeUtf8(JSON.stringify(toProblem(error)));
}
