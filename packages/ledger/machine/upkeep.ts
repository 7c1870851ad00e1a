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
export interface Newest {
  readonly height: Height;
  readonly time: Seconds;
}

/**
 * So many of the last states are readable again after a restart. Each is made anew, which costs as
 * much as it did the first time; those before are made in one go.
 */
export const RESTORED_HEIGHTS = 16;

/** Begins a checkpoint of the oldest version that a restart shall have again. */
export function beginCheckpoint(options: UpkeepOptions, newest: Newest): CheckpointWriter {
  return checkpointBefore(options, options.log.heights.oldest ?? 0, newest);
}

/** A checkpoint from which the blocks from `first` on, which are kept, lead to the newest state. */
function checkpointBefore(
  { log, tree, genesis }: UpkeepOptions,
  first: Height,
  newest: Newest,
): CheckpointWriter {
  const { versions } = tree;
  const before = versions.filter(({ height }) => height < first).length - 1;
  const index = Math.max(0, before, versions.length - RESTORED_HEIGHTS);
  const version = versions[index]!;
  // The last height at which it was the state.
  const next = versions[index + 1];
  const lastHeight = next === undefined ? newest.height : next.height - 1;
  const idleBlocks = lastHeight - version.height;
  return new CheckpointWriter(log, tree, { genesis, version, idleBlocks, time: newest.time });
}

/**
 * Drops blocks before a height, except those whose ids are remembered. The states before them
 * cannot be read any more after a restart.
 *
 * @returns Height of the oldest block that is kept.
 */
export function pruneLog(options: UpkeepOptions, below: Height, newest: Newest): Height {
  const { log, tree } = options;
  const kept = Math.min(below, newest.height, firstRemembered(log, newest));
  const header = log.blockHeader(kept);
  if (header === undefined) return log.heights.oldest ?? newest.height;
  new ValueCarrier(log, tree, { before: header.position, height: newest.height }).run();
  checkpointBefore(options, kept, newest).finish();
  log.dropBefore(kept);
  return kept;
}

/** The first block that a restart reads for its ids. */
function firstRemembered(log: BlockLog, newest: Newest): Height {
  const { joined } = log;
  // Ids of blocks that are not here stand before all of those that are.
  if (joined !== undefined && joined.time + REMEMBERED_SECONDS > newest.time) return 0;
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
