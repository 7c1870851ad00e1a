import type { Transport } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';

/** Time that calls took, from the request until the end of the answer, by what they asked. */
export class CallTimes {
  readonly #times = new Map<string, { calls: number; ms: number }>();

  /** HTTP to a server, with every call's time noted under the first two parts of its path. */
  readonly transport = (origin: string): Transport => {
    const inner = httpTransport(origin);
    return {
      name: inner.name,
      send: async (request, options) => {
        const startMs = performance.now();
        const answer = await inner.send(request, options);
        const done = () => this.#note(request.target, performance.now() - startMs);
        return { ...answer, body: untilEnd(answer.body, done) };
      },
    };
  };

  #note(target: string, ms: number): void {
    const name = target.split('/').slice(2, 3).join('/').split('?')[0]!;
    const known = this.#times.get(name) ?? { calls: 0, ms: 0 };
    this.#times.set(name, { calls: known.calls + 1, ms: known.ms + ms });
  }

  /** What was noted since the last time. */
  take(): Map<string, { calls: number; ms: number }> {
    const taken = new Map(this.#times);
    this.#times.clear();
    return taken;
  }
}

async function* untilEnd(body: AsyncIterable<Uint8Array>, done: () => void) {
  yield* body;
  done();
}
