import { defineFormat, type FormatOf, field, type Height } from '@ward/protocol';
import { ENGINE_LIMITS } from '../../limits.ts';

/** Where a worker listens. */
export interface ListenAddress {
  /** Folder of Unix sockets, one for each worker: `0.sock`, `1.sock`, … */
  readonly folder?: string;
  /** Host and port, shared by the workers; port 0 takes a free one. */
  readonly tcp?: { readonly host: string; readonly port: number };
}

export interface WorkerOptions {
  readonly index: number;
  /** Several workers listen on one port. */
  readonly isPortShared: boolean;
  readonly listen: ListenAddress;
  /** Unix socket of the process that verifies signatures; this thread verifies unless told. */
  readonly signaturesPath?: string | undefined;
}

const tokenField = field.integer(0, 0xffffffff);
const refusalField = field.bytesBetween(1, 64 * 1024);

/** What became of transactions that a worker had handed over, by its tokens. */
export const Settled = defineFormat('settled-transactions', 1, {
  height: field.integer<Height>(),
  committed: field.list(
    field.struct({
      token: tokenField,
      index: field.integer(0, 0xffffffff),
      refusal: field.nullable(refusalField),
    }),
    { max: ENGINE_LIMITS.waitingMax },
  ),
  refused: field.list(field.struct({ token: tokenField, refusal: refusalField }), {
    max: ENGINE_LIMITS.waitingMax,
  }),
});
export type Settled = FormatOf<typeof Settled>;

/** From the engine's thread to a worker. */
export type ToWorker =
  | { readonly kind: 'settled'; readonly bytes: Uint8Array }
  | { readonly kind: 'verify'; readonly request: number; readonly envelope: Uint8Array }
  | { readonly kind: 'verify-all'; readonly request: number; readonly buffer: ArrayBuffer }
  | { readonly kind: 'quiesce' }
  | { readonly kind: 'close' };

/** From a worker to the engine's thread. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly addresses: WorkerAddresses }
  | { readonly kind: 'arrivals'; readonly buffer: ArrayBuffer }
  | { readonly kind: 'verified'; readonly request: number; readonly buffer: ArrayBuffer }
  | { readonly kind: 'verified-all'; readonly request: number; readonly buffer: ArrayBuffer }
  | { readonly kind: 'unverified'; readonly request: number; readonly problem: Uint8Array }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'closed' };

/** Where a worker can be reached. */
export interface WorkerAddresses {
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
}

/** Bounds of one worker. */
export const WORKER_LIMITS = {
  connectionsMax: 256,
  /** Transactions that a worker, or one of its connections, has handed over and not answered. */
  tokensMax: 8192,
  connectionTokensMax: 4096,
  /** Bytes of answers that a connection has not read; its frames wait, or it is dropped. */
  unreadBytesMax: 1024 * 1024,
  unreadBytesDropped: 16 * 1024 * 1024,
  /** A frame that began must be whole by then. */
  frameMsMax: 30_000,
  /** Envelopes that may be asked to be verified at one time. */
  verifyMax: 1024,
} as const;
