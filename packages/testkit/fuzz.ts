import { toHex, WardError } from '@ward/protocol';
import { KeptMemory } from './kept-memory.ts';
import { mutate } from './mutations.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/** A parser of bytes that anybody may send. */
export interface FuzzTarget {
  /** It returns a value or throws a WardError, and nothing else. */
  readonly parse: (bytes: Uint8Array) => unknown;
  /** Good inputs to start from; at least one. */
  readonly samples: readonly Uint8Array[];
  /** Words of the language that is parsed, put in here and there: `"code":`, `urn:uuid:`. */
  readonly words?: readonly string[];
}

export interface FuzzOptions {
  /** The same seed gives the same inputs. */
  readonly seed: number;
  readonly runs: number;
  readonly sizeMaxBytes?: number;
  /** An input that takes longer is a hang. */
  readonly inputMsMax?: number;
  /** Memory that may be in use at any time above what was in use at the start. */
  readonly memoryMaxBytes?: number;
}

export interface FuzzReport {
  readonly runs: number;
  /** Inputs that were good after all. */
  readonly accepted: number;
  /** How often each code came. */
  readonly codes: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  readonly memoryPeakBytes: number;
}

/** An input on which a parser misbehaved; the message has all that is needed to see it again. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly input: Uint8Array;

  constructor(
    what: string,
    input: Uint8Array,
    place: { seed: number; run: number; cause?: unknown },
  ) {
    const shown = toHex(input.subarray(0, 512));
    const { seed, run, cause } = place;
    super(`${what} (seed ${seed}, run ${run}, ${input.length} bytes: ${shown})`, { cause });
    this.input = input;
  }
}

const DEFAULTS = {
  sizeMaxBytes: 64 * 1024,
  inputMsMax: 2000,
  memoryMaxBytes: 512 * 1024 * 1024,
};
/** Memory is looked at once in so many runs. */
const MEMORY_EVERY = 4096;

/** Counts what came of each run and stops at the first that misbehaved. */
class Tally {
  readonly #options: Required<FuzzOptions>;
  readonly #memory = new KeptMemory();
  readonly codes = new Map<string, number>();
  accepted = 0;
  slowestMs = 0;

  constructor(options: Required<FuzzOptions>) {
    this.#options = options;
  }

  add(run: number, input: Uint8Array, { error, ms }: { error: unknown; ms: number }): void {
    const { seed, inputMsMax, memoryMaxBytes } = this.#options;
    if (error === undefined) this.accepted++;
    else if (error instanceof WardError) {
      this.codes.set(error.code, (this.codes.get(error.code) ?? 0) + 1);
    } else throw new FuzzFailure('an error without a code', input, { seed, run, cause: error });
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (ms > inputMsMax) throw new FuzzFailure(`took ${Math.round(ms)} ms`, input, { seed, run });
    if (run % MEMORY_EVERY !== 0) return;
    if (!this.#memory.isWithin(memoryMaxBytes)) {
      throw new FuzzFailure(`uses ${this.#memory.peakBytes} bytes`, input, { seed, run });
    }
  }

  report(): FuzzReport {
    const { accepted, codes, slowestMs } = this;
    const { peakBytes: memoryPeakBytes } = this.#memory;
    return { runs: this.#options.runs, accepted, codes, slowestMs, memoryPeakBytes };
  }
}

function* inputs(
  target: Omit<FuzzTarget, 'parse'>,
  { seed, runs, sizeMaxBytes }: Required<FuzzOptions>,
): Generator<Uint8Array> {
  const random: SeededRandom = seededRandom(seed);
  const encoder = new TextEncoder();
  const words = (target.words ?? []).map((word) => encoder.encode(word));
  for (let run = 0; run < runs; run++) {
    yield mutate(target.samples, random, { sizeMaxBytes, words });
  }
}

/**
 * Feeds mutated samples to a parser.
 *
 * @throws FuzzFailure at the first input that is answered with anything but a value or a WardError,
 * that takes too long or too much memory.
 * @example fuzz({ parse: Card.decode, samples: [Card.encode(card)] }, { seed: 1, runs: 1_000_000 })
 */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzReport {
  const all = { ...DEFAULTS, ...options };
  const tally = new Tally(all);
  const restoreTraces = withoutTraces();
  try {
    let run = 0;
    for (const input of inputs(target, all)) {
      const startMs = performance.now();
      let error: unknown;
      try {
        target.parse(input);
      } catch (caught) {
        error = caught ?? new Error('nothing was thrown');
      }
      tally.add(run++, input, { error, ms: performance.now() - startMs });
    }
  } catch (failure) {
    restoreTraces();
    throw traced(failure, (input) => target.parse(input));
  } finally {
    restoreTraces();
  }
  return tally.report();
}

/** Errors are made by the million here, and their traces cost more than the parsing. */
function withoutTraces(): () => void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}

/** The failure with the trace of its cause, which comes again with the same input. */
function traced(failure: unknown, parse: (input: Uint8Array) => unknown): unknown {
  if (!(failure instanceof FuzzFailure) || failure.cause === undefined) return failure;
  try {
    parse(failure.input);
  } catch (again) {
    failure.cause = again;
  }
  return failure;
}

/** {@link fuzz} for a parser that is waited for, such as a server's door. */
export async function fuzzAsync(
  target: Omit<FuzzTarget, 'parse'> & { parse(bytes: Uint8Array): Promise<unknown> },
  options: FuzzOptions,
): Promise<FuzzReport> {
  const all = { ...DEFAULTS, ...options };
  const tally = new Tally(all);
  let run = 0;
  for (const input of inputs(target, all)) {
    const startMs = performance.now();
    let error: unknown;
    try {
      await target.parse(input);
    } catch (caught) {
      error = caught ?? new Error('nothing was thrown');
    }
    tally.add(run++, input, { error, ms: performance.now() - startMs });
  }
  return tally.report();
}
