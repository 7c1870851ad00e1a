import type { SignCall, WireRequest } from '@ward/protocol';
import { mutate } from './mutations.ts';
import type { SeededRandom } from './seeded-random.ts';

const BODY_BYTES_MAX = 16 * 1024;
const TARGET_LENGTH_MAX = 400;
const encoder = new TextEncoder();

/** A good request to start from. */
export interface SampleRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly target: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** Signs what comes out, so that it gets behind the check of signatures. */
  readonly sign?: SignCall;
  /** How much more often than others it is taken; 1 unless told. */
  readonly weight?: number;
}

/** A request whose body, if any, is at hand. */
export type BytesRequest = WireRequest & { readonly body: Uint8Array | null };

/** One request with a mutated path, header or body. */
export function mutateRequest(
  samples: readonly SampleRequest[],
  random: SeededRandom,
): BytesRequest {
  const sample = random.pick(samples);
  const others = samples.flatMap(({ body }) => (body === undefined ? [] : [body]));
  let { body } = sample;
  let target = sample.target;
  const headers = new Map(Object.entries(sample.headers ?? {}));
  const choice = random.below(8);
  const isBare = body === undefined && choice < 7;
  if (choice === 0 || isBare) target = mutateTarget(target, random);
  if (body !== undefined && choice !== 0) {
    const changed = { sizeMaxBytes: BODY_BYTES_MAX, words: [] };
    body = mutate([body, ...others.slice(0, 3)], random, changed);
  }
  if (choice === 1)
    headers.set('content-type', random.pick(['', 'text/plain', 'application/cbor']));
  if (sample.sign !== undefined) {
    const signed = { method: sample.method, target, body: body ?? null };
    for (const [name, value] of Object.entries(sample.sign(signed))) {
      headers.set(name, choice === 2 ? mutateText(value, random) : value);
    }
  }
  const { method } = sample;
  return { method, target, headers: Object.fromEntries(headers), body: body ?? null };
}

/** Letters, digits and signs that may stand in a path or a header. */
function mutateText(text: string, random: SeededRandom): string {
  const changed = mutate([encoder.encode(text)], random, {
    ...{ sizeMaxBytes: TARGET_LENGTH_MAX, words: [] },
  });
  return String.fromCharCode(...changed.map((byte) => 0x21 + (byte % 0x5e)));
}

function mutateTarget(target: string, random: SeededRandom): string {
  const parts = target.slice(1).split('/');
  const at = random.below(parts.length);
  const changes: readonly (() => string)[] = [
    () => mutateText(parts[at]!, random),
    () => encodeURIComponent(mutateText(parts[at]!, random)),
    () => `${parts[at]}?${mutateText('version=1&after=2', random)}`,
    () => '',
    () => '..',
    () => '%ff%00',
    () => `${parts[at]}${parts[at]}`,
    () => parts[at]!.toUpperCase(),
  ];
  const changed = parts.map((part, i) => (i === at ? random.pick(changes)() : part));
  return `/${changed.join('/')}`.slice(0, TARGET_LENGTH_MAX);
}

/** The request as it goes over a socket, with framing that fits. */
export function encodeRequest({ method, target, headers, body }: BytesRequest): Uint8Array {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: fuzz',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : [`content-length: ${body.length}`]),
  ];
  const head = encoder.encode(`${lines.join('\r\n')}\r\n\r\n`);
  return body === null ? head : Buffer.concat([head, body]);
}
