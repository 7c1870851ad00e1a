import type {
  AccountId,
  AnswerKind,
  BodyKind,
  Endpoint,
  EventStream,
  Format,
  RawBody,
  StructOf,
} from '@ward/protocol';
import type { TSchema } from 'typebox';
import type { IncomingBody } from './incoming-body.ts';

type Fields = { readonly [name: string]: TSchema };

/** Who signed the request, as far as it could be verified. */
export type Caller =
  | { readonly kind: 'nobody' }
  | {
      readonly kind: 'organisation';
      /** The active organisation for which the account acts. */
      readonly organisation: AccountId;
      readonly account: AccountId;
      readonly publicKey: Uint8Array;
    }
  | {
      readonly kind: 'owner';
      /** Whether these are the keys of the chart in question, the door must check. */
      readonly ck: Uint8Array;
      readonly cold: Uint8Array;
    };

/** What a handler gets for a body: the decoded value, or the bytes as they come. */
export type BodyOf<B> = B extends Format<infer T> ? T : B extends RawBody ? IncomingBody : null;

/** What a handler answers. */
export type AnswerOf<A> =
  A extends Format<infer T>
    ? T
    : A extends RawBody
      ? Uint8Array | AsyncIterable<Uint8Array>
      : A extends EventStream<infer T>
        ? AsyncIterable<T>
        : null;

export interface DoorRequest<P extends Fields, Q extends Fields, B> {
  readonly params: StructOf<P>;
  readonly query: StructOf<Q>;
  readonly body: BodyOf<B>;
  readonly caller: Caller;
  /** Where the request came from: only for quotas, never kept or logged. */
  readonly source: string;
  /** Aborted when the caller is gone or the server stops. */
  readonly signal: AbortSignal;
}

export type Handler<P extends Fields, Q extends Fields, B, A> = (
  request: DoorRequest<P, Q, B>,
) => Promise<AnswerOf<A>> | AnswerOf<A>;

export interface DoorOptions {
  /** Bytes of a body that is a format; a raw body has its limit in the endpoint. */
  readonly bodyBytesMax?: number;
  /** Number by which a reader of an event stream resumes behind an event: its height. */
  readonly eventNumber?: (event: unknown) => number;
}

/** A request whose types only its own door knows. */
export type AnyRequest = DoorRequest<Fields, Fields, unknown>;

/** An endpoint with what stands behind it. */
export interface Door extends DoorOptions {
  readonly endpoint: Endpoint;
  answer(request: AnyRequest): Promise<unknown>;
}

/**
 * Puts a handler behind an endpoint.
 *
 * @example door(getStatus, () => node.status())
 */
export function door<P extends Fields, Q extends Fields, B extends BodyKind, A extends AnswerKind>(
  endpoint: Endpoint<P, Q, B, A>,
  handler: Handler<P, Q, B, A>,
  options: DoorOptions = {},
): Door {
  return {
    ...options,
    endpoint: endpoint as unknown as Endpoint,
    answer: async (request) => handler(request as unknown as DoorRequest<P, Q, B>),
  };
}
