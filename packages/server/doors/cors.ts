import { REQUEST_HEADER } from '@ward/protocol';
import { LAST_EVENT_HEADER } from './event-stream.ts';

const DAY_SECONDS = 86_400;

/**
 * What every answer says to browsers: any page may ask, because nothing is granted by where a
 * request comes from, only by what it is signed with. No cookies, no credentials.
 */
export const OPEN_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** The answer to a preflight (fetch standard, section 3.2.2). */
export const PREFLIGHT_HEADERS = {
  ...OPEN_HEADERS,
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers': `accept, content-type, ${LAST_EVENT_HEADER}, ${REQUEST_HEADER}`,
  'access-control-max-age': String(DAY_SECONDS),
} as const;
