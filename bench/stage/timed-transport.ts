import type { Transport } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Calls of one kind. */
export interface CallTime {
  readonly calls: number;
  /** All of them one behind the other. */
  readonly ms: number;
  /** How long at least one of them was on its way: two at once count once. */
  readonly coveredMs: number;
}

/** Time that calls took, from the request until the end of the answer, by what they asked. */
export class CallTimes {
  readonly #calls = new Map<string, Span[]>();

  /** HTTP to a server, with every call's time noted under the first two parts of its path. */
  readonly transport = (origin: string): Transport => {
    const inner = httpTransport(origin);
    return {
      name: inner.name,
      send: async (request, options) => {
        const startMs = performance.now();
        const answer = await inner.send(request, options);
        const done = () => this.#note(request.target, { startMs, endMs: performance.now() });
        return { ...answer, body: untilEnd(answer.body, done) };
      },
    };
  };

  #note(target: string, span: Span): void {
    const name = target.split('/').slice(2, 3).join('/').split('?')[0]!;
    const known = this.#calls.get(name) ?? [];
    this.#calls.set(name, known);
    known.push(span);
  }

  /** What was noted since the last time. */
  take(): Map<string, CallTime> {
    const taken = new Map([...this.#calls].map(([name, spans]) => [name, timeOf(spans)] as const));
    this.#calls.clear();
    return taken;
  }
}

function timeOf(spans: readonly Span[]): CallTime {
  let [ms, coveredMs, untilMs] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const { startMs, endMs } of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    ms += endMs - startMs;
    coveredMs += Math.max(0, endMs - Math.max(startMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return { calls: spans.length, ms, coveredMs };
}

async function* untilEnd(body: AsyncIterable<Uint8Array>, done: () => void) {
  yield* body;
  done();
}
