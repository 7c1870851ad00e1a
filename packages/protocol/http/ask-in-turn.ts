import type { AbortSignalLike } from './transport.ts';

/** A port: what a promise comes to within a time; undefined where it takes longer. */
export type Within = <T>(promise: Promise<T>, ms: number) => Promise<T | undefined>;

/** How long one server is waited for before the next one is asked as well. */
export const SILENCE_MS_MAX = 1000;

export interface InTurn<W> {
  /** Whom to ask, the best first. */
  readonly ways: readonly W[];
  readonly within: Within;
  /** How long one is waited for alone; {@link SILENCE_MS_MAX} unless told. */
  readonly silenceMsMax?: number;
  /** Told of each that failed; what it throws ends everything. */
  readonly onFailure: (way: W, error: unknown) => void;
  /** Told of each that said nothing for so long; it may still answer. */
  readonly onSilence?: (way: W) => void;
}

/**
 * Asks servers in turn until one gives an answer. One that is silent is not waited for alone: the
 * next one is asked beside it, and the first answer counts. Those that are not needed any more are
 * told so by their signal.
 *
 * @returns The answer in a list of one; an empty one where all failed.
 * @throws what `onFailure` throws.
 */
export async function askInTurn<W, T>(
  ask: (way: W, signal: AbortSignalLike) => Promise<T>,
  { ways, within, onFailure, onSilence = () => {}, silenceMsMax = SILENCE_MS_MAX }: InTurn<W>,
): Promise<readonly T[]> {
  const running = new Map<W, Asked<W, T>>();
  const waiting = [...ways];
  try {
    for (;;) {
      const [next] = waiting.splice(0, 1);
      if (next !== undefined) running.set(next, begin(next, ask));
      if (running.size === 0) return [];
      const first = Promise.race([...running.values()].map(({ ended }) => ended));
      const end = waiting.length === 0 ? await first : await within(first, silenceMsMax);
      if (end === undefined) {
        if (next !== undefined) onSilence(next);
        continue;
      }
      running.delete(end.way);
      if (end.kind === 'answered') return [end.answer];
      onFailure(end.way, end.error);
    }
  } finally {
    for (const { stop } of running.values()) stop.stop();
  }
}

interface Asked<W, T> {
  readonly stop: StopSignal;
  readonly ended: Promise<End<W, T>>;
}

type End<W, T> =
  | { readonly kind: 'answered'; readonly way: W; readonly answer: T }
  | { readonly kind: 'failed'; readonly way: W; readonly error: unknown };

function begin<W, T>(way: W, ask: (way: W, signal: AbortSignalLike) => Promise<T>): Asked<W, T> {
  const stop = new StopSignal();
  const ended = ask(way, stop).then(
    (answer) => ({ kind: 'answered', way, answer }) as const,
    (error: unknown) => ({ kind: 'failed', way, error }) as const,
  );
  return { stop, ended };
}

/** An AbortSignal for where there is none of the platform's. */
class StopSignal implements AbortSignalLike {
  readonly #listeners = new Set<() => void>();
  #isAborted = false;

  get aborted(): boolean {
    return this.#isAborted;
  }

  stop(): void {
    this.#isAborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
