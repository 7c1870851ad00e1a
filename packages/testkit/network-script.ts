import { type SeededRandom, seededRandom } from './seeded-random.ts';

const LOG_LINES = 40;
const LINE_CHARACTERS_MAX = 240;

/** What a run does to a network, drawn from a seed, and noted so that it can be done again. */
export class NetworkScript {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly #startedMs = performance.now();
  readonly #events: string[] = [];
  readonly #log: string[] = [];

  /** @param seed Unless the environment's `WARD_FAULTS_SEED` names another. */
  constructor(seed: number) {
    this.seed = Number(process.env.WARD_FAULTS_SEED ?? seed);
    this.random = seededRandom(this.seed);
  }

  /** Notes what is done now. */
  note(event: string): void {
    this.#events.push(`${this.#time()} ${event}`);
  }

  /** Keeps a line of what the nodes say. */
  hear(line: string): void {
    this.#log.push(`${this.#time()} ${line.slice(0, LINE_CHARACTERS_MAX)}`);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }

  #time(): string {
    return `${((performance.now() - this.#startedMs) / 1000).toFixed(2)}s`;
  }

  /** Everything that was done, with the seed of it and what the nodes said last. */
  tell(): string {
    const again = `WARD_FAULTS_SEED=${this.seed} draws it again`;
    return [again, ...this.#events, 'what the nodes said last:', ...this.#log].join('\n');
  }

  /** Does something; where it fails, the error says seed and script. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${message}\n\n${this.tell()}`);
    }
  }
}

/** Median and longest of some times, as a report says them. */
export function summarised(timesMs: readonly number[]): string {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  const slow = sorted.filter((ms) => ms > 10_000).length;
  const half = seconds(sorted[sorted.length >> 1]);
  const times = `${sorted.length} times, median ${half}, longest ${seconds(sorted.at(-1))}`;
  return `${times}, ${slow} above 10 s`;
}
