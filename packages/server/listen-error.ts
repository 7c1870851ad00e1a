import { refuse } from './errors.ts';

const CODES = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

/** Why a server does not listen, by its code; anything else as it is. */
export function listenError(error: unknown, port: number): unknown {
  const { code } = (error ?? {}) as { code?: string };
  return code !== undefined && CODES.has(code) ? refuse('LISTEN_REFUSED', { port }) : error;
}
