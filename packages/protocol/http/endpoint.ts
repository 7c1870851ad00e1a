import type { TSchema } from 'typebox';
import type { Format } from '../format/define-format.ts';

type Fields = { readonly [name: string]: TSchema };

/** Raw bytes that are no format of ours: ciphertext, or an object named by its digest. */
export interface RawBody {
  readonly raw: true;
  /** Most bytes that a server takes, or a client believes. */
  readonly bytesMax: number;
}

export const raw = (bytesMax: number): RawBody => ({ raw: true, bytesMax });

/** A stream of server-sent events, each the JSON form of `event`. */
export interface EventStream<T> {
  readonly event: Format<T>;
}

/** Who must have signed the request: see `request-signature.ts`. */
export type RequestSigner = 'nobody' | 'organisation' | 'owner' | 'organisation-or-owner';

/** What a body is: a format, raw bytes, or nothing. */
export type BodyKind = Format<unknown> | RawBody | null;
export type AnswerKind = BodyKind | EventStream<unknown>;

/** One door of a server, from which server, client, OpenAPI and the hostile suite are made. */
export interface Endpoint<
  P extends Fields = Fields,
  Q extends Fields = Fields,
  B extends BodyKind = BodyKind,
  A extends AnswerKind = AnswerKind,
> {
  /** Verb and noun, once over the whole product: the operation id in OpenAPI. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with `:name` for each of `params`. */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  /** Query parameters; all are nullable or have to be given. */
  readonly query: Q;
  readonly body: B;
  readonly answer: A;
  readonly signedBy: RequestSigner;
}

/** Value that a caller gives for a body, or gets for an answer. */
export type ValueOf<K> =
  K extends Format<infer T> ? T : K extends RawBody ? Uint8Array | AsyncIterable<Uint8Array> : null;

const endpoints = new Map<string, Endpoint>();

/**
 * Declares a door.
 *
 * @example
 * export const getStatus = defineEndpoint({
 *   name: 'get-status', method: 'GET', path: '/v1/status', summary: 'Where this node stands',
 *   params: {}, query: {}, body: null, answer: NodeStatus, signedBy: 'nobody',
 * });
 */
export function defineEndpoint<
  const P extends Fields,
  const Q extends Fields,
  B extends BodyKind,
  A extends AnswerKind,
>(endpoint: Endpoint<P, Q, B, A>): Endpoint<P, Q, B, A> {
  if (endpoints.has(endpoint.name)) throw new Error(`endpoint ${endpoint.name} twice`);
  endpoints.set(endpoint.name, endpoint);
  return endpoint;
}

/** Every door of the packages that are loaded. */
export function endpointCatalogue(): ReadonlyMap<string, Endpoint> {
  return endpoints;
}

/** Whether a body or answer is raw bytes. */
export function isRaw(body: object | null): body is RawBody {
  return body !== null && 'raw' in body;
}

export function isEventStream(answer: object | null): answer is EventStream<unknown> {
  return answer !== null && 'event' in answer;
}
