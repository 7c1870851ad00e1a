import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CHART_LIMITS, type SealedUnit } from '@ward/charts';
import type { Random, Realm } from '@ward/protocol';
import { type SealUnits, sealHere, type UnitsToSeal } from '../records/seal-units.ts';
import type { FromSealThread, SealJob } from './seal-messages.ts';

type Units = UnitsToSeal['units'];

const THREADS_MAX = 4;
/** To start a thread costs as much as to seal some hundred units: who writes few needs none. */
const UNITS_BEFORE_THREADS = 64;
/** Fewer units at once are sealed before a thread would have heard of them. */
const UNITS_MIN = 4;
const JOB_UNITS_MAX = 8;
/** Bytes of records in a unit, and in a job, up to which threads seal them. */
const UNIT_BYTES_MAX = CHART_LIMITS.packedBytesMax / 2;
const JOB_BYTES_MAX = CHART_LIMITS.packedBytesMax;

/** One thread and what it has been given to do. */
class SealThread {
  readonly #worker = new Worker(new URL('./seal-worker.ts', import.meta.url));
  readonly #jobs = new Map<number, (units: readonly SealedUnit[] | undefined) => void>();
  #state: 'starting' | 'ready' | 'ended' = 'starting';

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (message: FromSealThread) => this.#receive(message));
    this.#worker.on('error', () => this.#end());
    this.#worker.on('exit', () => this.#end());
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get waiting(): number {
    return this.#jobs.size;
  }

  #receive(message: FromSealThread): void {
    if (message.kind === 'ready') {
      this.#state = 'ready';
      // Its start has taken the reference back: a process that is done must end.
      this.#worker.unref();
      return;
    }
    this.#settle(message.number, message.units);
  }

  #settle(number: number, units: readonly SealedUnit[] | undefined): void {
    const resolve = this.#jobs.get(number);
    this.#jobs.delete(number);
    if (this.#jobs.size === 0) this.#worker.unref();
    resolve?.(units);
  }

  #end(): void {
    this.#state = 'ended';
    for (const number of [...this.#jobs.keys()]) this.#settle(number, undefined);
  }

  /** @returns Undefined where the thread could not do it, for whatever reason. */
  run(job: SealJob): Promise<readonly SealedUnit[] | undefined> {
    return new Promise((resolve) => {
      this.#jobs.set(job.number, resolve);
      // The process must not end while it waits for this.
      this.#worker.ref();
      this.#worker.postMessage(job, [job.bytes.buffer]);
    });
  }
}

/** Threads of this process that seal: one for each core but that of the thread that asks. */
const threads: SealThread[] = [];
let lastNumber = 0;
let unitsAsked = 0;

function startThreads(): void {
  const count = Math.min(THREADS_MAX, Math.max(1, availableParallelism() - 1));
  while (threads.length < count) threads.push(new SealThread());
}

/** The thread with the least to do, of those that are ready. */
function idlest(): SealThread | undefined {
  const ready = threads.filter(({ isReady }) => isReady);
  return ready.sort((a, b) => a.waiting - b.waiting)[0];
}

/**
 * Seals units in threads of their own where there are many, so that a hospital's import uses all
 * cores and the thread that asked has time for ledger and vaults. What is large, and what a thread
 * could not do, is sealed here.
 *
 * @param random For what is sealed here; threads have the system's.
 */
export function sealInThreads(random: Random, realm: Realm): SealUnits {
  const here = sealHere(random, realm);
  return async (wanted, sink) => {
    const count = wanted.units.length;
    unitsAsked += count;
    if (unitsAsked >= UNITS_BEFORE_THREADS) startThreads();
    if (count < UNITS_MIN) return here(wanted, sink);
    const jobs = jobsOf(wanted.units);
    const begun = jobs.map((units) => begin({ ...wanted, units }, realm));
    const sealed: SealedUnit[] = [];
    for (const [i, units] of jobs.entries()) {
      sealed.push(...((await begun[i]) ?? (await here({ ...wanted, units }, sink))));
    }
    return sealed;
  };
}

/** Has a thread seal units; undefined where none can, for whatever reason. */
async function begin(
  { units, author, header }: UnitsToSeal,
  { network }: Realm,
): Promise<readonly SealedUnit[] | undefined> {
  const thread = idlest();
  if (thread === undefined || units.some((unit) => sizeOf(unit) > UNIT_BYTES_MAX)) return undefined;
  try {
    const bytes = await collect(units);
    const named = units.map(({ caption, records }) => ({
      caption,
      records: records.map(({ metadata }) => metadata),
    }));
    return await thread.run({ number: ++lastNumber, network, header, author, units: named, bytes });
  } catch {
    // Read again here, what failed says why.
    return undefined;
  }
}

function sizeOf({ records }: Units[number]): number {
  return records.reduce((sum, { metadata }) => sum + metadata.sizeBytes, 0);
}

/** Cuts units into jobs of a bearable size; the order stays. */
function jobsOf(units: Units): Units[] {
  const jobs: Units[number][][] = [];
  let left = 0;
  for (const unit of units) {
    const size = sizeOf(unit);
    const last = jobs.at(-1);
    const isFull = last === undefined || size > left || last.length === JOB_UNITS_MAX;
    if (isFull) {
      jobs.push([]);
      left = JOB_BYTES_MAX;
    }
    jobs.at(-1)!.push(unit);
    left -= size;
  }
  return jobs;
}

/** Bytes of all records, one behind the other. @throws Error where they are not what they say. */
async function collect(units: Units): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(units.reduce((sum, unit) => sum + sizeOf(unit), 0));
  let end = 0;
  let at = 0;
  for (const { metadata, open } of units.flatMap(({ records }) => records)) {
    end += metadata.sizeBytes;
    for await (const piece of open()) {
      if (piece.length > end - at) throw new Error('a record is longer than it says');
      bytes.set(piece, at);
      at += piece.length;
    }
    if (at !== end) throw new Error('a record is shorter than it says');
  }
  return bytes;
}
