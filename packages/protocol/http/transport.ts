/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with query, from the first slash. */
  readonly target: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The way to one server: HTTP in the product, the handler itself in tests. It may fail with any
 * error; the caller turns that into `SERVER_UNREACHABLE`.
 */
export interface Transport {
  /** What to call the server in messages: its origin. */
  readonly name: string;
  send(request: WireRequest, options?: { readonly signal?: AbortSignalLike }): Promise<WireAnswer>;
}

/** The part of an AbortSignal that the pure packages know. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Collects a body of at most `bytesMax`; undefined when it is longer. */
export async function collectBody(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
