import { STATUS_CODES } from 'node:http';
import type { WardError } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { problemAnswer } from './answer.ts';

/** What a connection is refused with on which no request could be read. */
export function brokenRequest(error: { readonly code?: string }): WardError {
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  return refuse(isLate ? 'REQUEST_INCOMPLETE' : 'REQUEST_MALFORMED');
}

/** A refusal as it goes over a connection that has no request: all of the answer, as bytes. */
export function encodeBareAnswer(refusal: WardError): Uint8Array {
  const { status, headers, body } = problemAnswer(refusal);
  const bytes = body as Uint8Array;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
}
