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

/**
 * So many of the last states are readable again after a restart. Each is made anew, which costs as
 * much as it did the first time; those before are made in one go.
 */
export const RESTORED_HEIGHTS = 16;

/** Begins a checkpoint of the oldest version that a restart shall have again. */
export function beginCheckpoint(options: UpkeepOptions, newest: Newest): CheckpointWriter {
  const { log, tree, genesis } = options;
  const { version, lastHeight } = restartVersion(tree, newest);
  const idleBlocks = lastHeight - version.height;
  return new CheckpointWriter(log, tree, { genesis, version, idleBlocks, time: newest.time });
}

/** What a restart begins from, and the last height at which it was the state. */
function restartVersion({ versions }: StateTree, newest: Newest) {
  const index = Math.max(0, versions.length - RESTORED_HEIGHTS);
  const next = versions[index + 1];
  const lastHeight = next === undefined ? newest.height : next.height - 1;
  return { version: versions[index]!, lastHeight };
}

/**
 * Drops blocks before a height, or before as much of it as a restart can do without: the blocks
 * behind the version that it begins from, and those whose ids are remembered.
 *
 * @returns Height of the oldest block that is kept.
 */
export function pruneLog(options: UpkeepOptions, below: Height, newest: Newest): Height {
  const { log, tree } = options;
  const replayed = restartVersion(tree, newest).lastHeight + 1;
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
