import type { BlockLog } from '../log/block-log.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import type { LedgerStats } from './machine-options.ts';
import type { ReplayMemory } from './replay-memory.ts';

/** How large a ledger is, in memory and in its log. */
export function measureLedger(
  { tree, replay, log }: { tree: StateTree; replay: ReplayMemory; log: BlockLog },
  recordsSinceCheckpoint: number,
): LedgerStats {
  const [treeBytes, replayBytes] = [tree.sizeBytes, replay.sizeBytes];
  const { start, size } = log.storage;
  return {
    keys: tree.keyCount,
    ramBytes: treeBytes + replayBytes,
    treeBytes,
    replayBytes,
    logBytes: size - start,
    recordsSinceCheckpoint,
  };
}
