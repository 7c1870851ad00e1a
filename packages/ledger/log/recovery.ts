import type { BlockLog, PlacedHeader } from './block-log.ts';
import { refuse } from './errors.ts';
import { FRAME_BYTES_MAX, FRAME_KIND, HEADER_BYTES, LOG_VERSION, readHeader } from './frame.ts';

/** Blocks this much older than the newest one have no id that is still remembered. */
export const REMEMBERED_SECONDS = 240;

/** More than ever waits to become durable; what is broken before more than this was durable. */
const TORN_BYTES_MAX = 4 * FRAME_BYTES_MAX;

/** What a scan over the headers of a log found. */
export interface LogSurvey {
  /** The last block, or the place from which this node goes on; undefined where there is none. */
  newest: PlacedHeader | undefined;
  /** Where the ledger was taken over from others, if blocks before it are not there for that. */
  joined: PlacedHeader | undefined;
  /** The last frame of whatever kind. */
  last: PlacedHeader | undefined;
  /** Blocks with transactions whose ids may still be remembered, the oldest first. */
  readonly recent: PlacedHeader[];
  /** Parts of the newest checkpoint that is complete. */
  checkpoint: readonly PlacedHeader[];
}

/**
 * Reads the headers of a log, and cuts off what a crash left behind the last whole block.
 *
 * @throws WardError `LOG_CORRUPT` where something broken was durable once: that is no torn end, and
 * a block that was acknowledged may be lost. `LOG_VERSION`.
 */
export function surveyLog(log: BlockLog): LogSurvey {
  const scan = new Scan(log);
  scan.run();
  scan.cutTornEnd();
  return scan.survey;
}

class Scan {
  readonly #log: BlockLog;
  survey = emptySurvey();
  #parts: PlacedHeader[] = [];
  #ahead: readonly PlacedHeader[] = [];
  /** The frames that no later one knows to be durable: what a crash may have torn. */
  #tail: PlacedHeader[] = [];
  #end = 0;

  constructor(log: BlockLog) {
    this.#log = log;
  }

  run(): void {
    const { storage, heights } = this.#log;
    heights.clear();
    this.survey = emptySurvey();
    this.#parts = [];
    this.#ahead = [];
    this.#tail = [];
    let position = storage.start;
    while (position < storage.size) {
      const header = this.#log.readHeader(position);
      if (header === undefined || position + header.length > storage.size) break;
      this.#take(header);
      position += header.length;
    }
    this.#end = position;
  }

  #take(header: PlacedHeader): void {
    const { durable, position, height } = header;
    this.survey.last = header;
    this.#tail = this.#tail.filter((frame) => frame.position + frame.length > durable);
    this.#tail.push(header);
    if (header.kind === FRAME_KIND.checkpoint) this.#takePart(header);
    if (header.kind === FRAME_KIND.joined) this.#join(header);
    if (header.kind !== FRAME_KIND.block) return;
    const { newest } = this.survey;
    if (newest !== undefined && height !== newest.height + 1) {
      throw refuse('LOG_CORRUPT', { position });
    }
    this.#log.heights.add(height, position);
    this.survey.newest = header;
    if (header.numbers[1] > 0) this.#remember(header);
  }

  /** Everything before it is of no more use, but for the state, which stands right before it. */
  #join(header: PlacedHeader): void {
    const { survey } = this;
    this.#log.heights.clear();
    survey.newest = header;
    survey.joined = header;
    survey.recent.length = 0;
    if (header.numbers[1] > 0) this.#remember(header);
    survey.checkpoint = this.#ahead;
  }

  #remember(header: PlacedHeader): void {
    const { recent } = this.survey;
    recent.push(header);
    let old = 0;
    while (recent[old]!.time + REMEMBERED_SECONDS <= header.time) old++;
    if (old > 0) recent.splice(0, old);
  }

  #takePart(header: PlacedHeader): void {
    const [part, , isLast] = header.numbers;
    if (part === 0) this.#parts = [];
    if (part !== this.#parts.length) return;
    this.#parts.push(header);
    if (isLast !== 1) return;
    // One of a later height belongs to a snapshot that is being taken: it counts when it is whole.
    // Of the same height it may be either.
    const newest = this.survey.newest?.height ?? 0;
    if (header.height >= newest) this.#ahead = this.#parts;
    if (header.height <= newest) this.survey.checkpoint = this.#parts;
  }

  /** Cuts off everything from the first frame that is not whole, if it may be a torn one. */
  cutTornEnd(): void {
    const { storage } = this.#log;
    if (this.#end < storage.size) {
      this.#refuseDurableEnd(this.#end);
      storage.truncate(this.#end);
    }
    const torn = this.#tail.find((header) => this.#log.readFrame(header) === undefined);
    if (torn === undefined) return;
    storage.truncate(torn.position);
    this.run();
  }

  /** Looks behind a broken place for a frame that knows that the place was durable once. */
  #refuseDurableEnd(broken: number): void {
    const { storage } = this.#log;
    const corrupt = () => refuse('LOG_CORRUPT', { position: broken });
    if (storage.size - broken > TORN_BYTES_MAX) throw corrupt();
    const bytes = this.#log.read(broken, storage.size - broken);
    for (let at = 1; at + HEADER_BYTES <= bytes.length; at++) {
      if (bytes[at] !== LOG_VERSION || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) continue;
      const header = readHeader(bytes, at);
      if (header === undefined || header.durable <= broken) continue;
      if (this.#log.readFrame({ ...header, position: broken + at }) !== undefined) throw corrupt();
    }
  }
}

function emptySurvey(): LogSurvey {
  return { newest: undefined, joined: undefined, last: undefined, recent: [], checkpoint: [] };
}
