import type { Digest, Height, Seconds } from '@ward/protocol';
import type { BlockLog } from '../log/block-log.ts';
import { CheckpointWriter } from '../log/checkpoint.ts';
import { REMEMBERED_SECONDS } from '../log/recovery.ts';
import { ValueCarrier } from '../log/value-carrier.ts';
import type { StateTree } from '../state-tree/state-tree.ts';

export interface UpkeepOptions {
  readonly log: BlockLog;
  readonly tree: StateTree;
  readonly genesis: Digest;
}

/** Where the ledger stands. */
interface Newest {
  readonly height: Height;
  readonly time: Seconds;
}

/** Begins a checkpoint of the oldest readable version, so that a restart has all of them again. */
export function beginCheckpoint(
  { log, tree, genesis }: UpkeepOptions,
  newest: Newest,
): CheckpointWriter {
  const version = tree.versions[0]!;
  const idleBlocks = lastHeightOfOldest(tree, newest) - version.height;
  return new CheckpointWriter(log, tree, { genesis, version, idleBlocks, time: newest.time });
}

/** The last height at which the oldest readable version was the state. */
function lastHeightOfOldest({ versions }: StateTree, newest: Newest): Height {
  return versions.length === 1 ? newest.height : versions[1]!.height - 1;
}

/**
 * Drops blocks before a height, or before as much of it as a restart can do without: the blocks
 * behind the oldest readable version, and those whose ids are remembered.
 *
 * @returns Height of the oldest block that is kept.
 */
export function pruneLog(options: UpkeepOptions, below: Height, newest: Newest): Height {
  const { log, tree } = options;
  const replayed = lastHeightOfOldest(tree, newest) + 1;
  const kept = Math.min(below, replayed, newest.height, firstRemembered(log, newest));
  const header = log.blockHeader(kept);
  if (header === undefined) return log.heights.oldest ?? newest.height;
  new ValueCarrier(log, tree, { before: header.position, height: newest.height }).run();
  beginCheckpoint(options, newest).finish();
  log.dropBefore(kept);
  return kept;
}

/** The first block that a restart reads for its ids. */
function firstRemembered(log: BlockLog, newest: Newest): Height {
  let low = log.heights.oldest ?? newest.height;
  let high = newest.height;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const isOld = log.blockHeader(middle)!.time + REMEMBERED_SECONDS <= newest.time;
    if (isOld) low = middle + 1;
    else high = middle;
  }
  return low;
}
