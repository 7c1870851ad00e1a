import { type Digest, equalBytes, type Height, type Seconds } from '@ward/protocol';
import { forEachId, forEachRecord, recordsAt } from '../log/block-frame.ts';
import type { BlockLog, PlacedHeader, WholeFrame } from '../log/block-log.ts';
import { heightBehind, loadCheckpointPart } from '../log/checkpoint.ts';
import { refuse } from '../log/errors.ts';
import { FRAME_KIND, HEADER_BYTES, LINK_BYTES } from '../log/frame.ts';
import { surveyLog } from '../log/recovery.ts';
import { HASH_WORDS, type Place } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import { Overlay } from './overlay.ts';
import { minuteEnd, type ReplayMemory } from './replay-memory.ts';

/** Keys that are gathered over blocks whose own versions nobody will ask for. */
const GATHERED_MAX = 200_000;

export interface RestoreOptions {
  readonly log: BlockLog;
  readonly tree: StateTree;
  readonly replay: ReplayMemory;
  readonly genesis: Digest;
  /** How many of the last states shall be readable again. */
  readonly heights: number;
}

/** Where a restored ledger stands. */
export interface Restored {
  readonly height: Height;
  readonly time: Seconds;
  /** Records written since the newest checkpoint. */
  readonly records: number;
}

/**
 * Rebuilds from the log everything that is kept in memory.
 *
 * @returns Where the ledger stands; undefined where nothing was written yet.
 * @throws WardError `LOG_CORRUPT`, `LOG_FOREIGN`, `LOG_INCOMPLETE`, `LOG_VERSION`.
 */
export function restore(options: RestoreOptions): Restored | undefined {
  const { log, replay } = options;
  const { newest, last, joined, recent, checkpoint } = surveyLog(log);
  if (newest === undefined || last === undefined) {
    if (log.storage.start > 0) throw refuse('LOG_INCOMPLETE', { height: 0 });
    return undefined;
  }
  const restoration = new Restoration(options);
  restoration.loadCheckpoint(checkpoint);
  const part = checkpoint.at(-1);
  const records = restoration.replayBlocks(part === undefined ? 0 : heightBehind(part));
  for (const header of recent) {
    const { bytes } = log.wholeFrame(header);
    forEachId(bytes, header, (id, minute, index) => {
      if (minuteEnd(minute) <= newest.time) return;
      // The places of those that came with a snapshot are not known; their block is not here.
      const place = header === joined ? 0 : index;
      replay.remember({ id: id.slice(), minute, index: place }, header.height);
    });
  }
  log.joined = joined && { ...joined, lightBlock: lightBlockOf(log.wholeFrame(joined)) };
  log.continueFrom(log.wholeFrame(last).trailer.digest);
  return { height: newest.height, time: newest.time, records };
}

/** What a frame begins with: a light block, or what stands in its place. */
function lightBlockOf({ header, bytes }: WholeFrame): Uint8Array {
  return bytes.slice(HEADER_BYTES, HEADER_BYTES + header.numbers[0]);
}

class Restoration {
  readonly #options: RestoreOptions;
  readonly #gathered = new Overlay();
  /** Where the value of each of the gathered keys stands. */
  readonly #places: Place[] = [];
  readonly #keyHash = new Int32Array(HASH_WORDS);

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  loadCheckpoint(parts: readonly PlacedHeader[]): void {
    const { log, tree, genesis } = this.#options;
    for (const header of parts) {
      const frame = log.wholeFrame(header);
      loadCheckpointPart(frame, tree, genesis);
      if (header === parts.at(-1)) this.#checkRoot(frame);
    }
  }

  /** Applies what the blocks from a height on wrote. @returns How many records that was. */
  replayBlocks(first: Height): number {
    const { log, heights } = this.#options;
    let writing = 0;
    for (const header of blocksFrom(log, first)) if (header.numbers[3] > 0) writing++;
    let records = 0;
    let before: WholeFrame | undefined;
    for (const header of blocksFrom(log, first)) {
      const frame = log.wholeFrame(header);
      this.#checkOrder(frame, before);
      before = frame;
      if (header.numbers[3] === 0) continue;
      records += header.numbers[3];
      this.#gather(frame);
      // The versions of the last heights stay readable; those before are made in one go.
      const isKept = --writing < heights - 1;
      if (isKept || writing === heights - 1 || this.#gathered.count >= GATHERED_MAX) {
        this.#flush(frame, isKept);
      }
    }
    return records;
  }

  #checkOrder(frame: WholeFrame, before: WholeFrame | undefined): void {
    const { position, height, link } = frame.header;
    const isNext =
      before !== undefined && before.header.position + before.bytes.length === position;
    if (isNext && !equalBytes(link, before.trailer.digest.subarray(0, LINK_BYTES))) {
      throw refuse('LOG_CORRUPT', { position });
    }
    if (height !== 0) return;
    if (!equalBytes(lightBlockOf(frame), this.#options.genesis)) throw refuse('LOG_FOREIGN');
  }

  #gather({ header, bytes }: WholeFrame): void {
    forEachRecord(bytes, recordsAt(header.numbers), (key, value, at, size) => {
      sha256Words(key, this.#keyHash, 0);
      const entry = this.#gathered.put(this.#keyHash, key, value);
      this.#places[entry] = { position: header.position + at, size };
    });
  }

  #flush(frame: WholeFrame, isKept: boolean): void {
    const { tree } = this.#options;
    const { batch, entries } = this.#gathered.toWrites();
    const draft = tree.draft(batch);
    if (isKept) tree.adopt(draft, frame.header.height);
    else tree.rebase(draft, frame.header.height);
    for (let i = 0; i < batch.count; i++) {
      tree.nodes.setPlace(batch.leaf(i), this.#places[entries[i]!]!);
    }
    this.#gathered.clear();
    this.#checkRoot(frame);
  }

  #checkRoot({ header, trailer }: WholeFrame): void {
    const root = this.#options.tree.versions.at(-1)!.rootHash;
    if (!equalBytes(root, trailer.root)) throw refuse('LOG_CORRUPT', { position: header.position });
  }
}

/** Headers of the blocks from a height on, up to the end. */
function* blocksFrom(log: BlockLog, first: Height): Generator<PlacedHeader> {
  const { oldest, newest } = log.heights;
  if (oldest === undefined || first > newest) return;
  if (first < oldest) throw refuse('LOG_INCOMPLETE', { height: first });
  let position = log.heights.near(first)!;
  while (position < log.storage.size) {
    const header = log.headerAt(position);
    if (header.kind === FRAME_KIND.block && header.height >= first) yield header;
    position += header.length;
  }
}
