import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlockArchive, FileSigningGuard, FileStorage, nodeDisk } from '@ward/engine';
import { StateMachine } from '@ward/ledger';
import { type Crypto, type Height, headerHash } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import { refuse } from '../errors.ts';
import { loadNodeHome, type NodeHome } from '../home/node-home.ts';
import { isMarkedRestored, removeMark } from './restored-mark.ts';

export interface TakeOverOptions {
  /** Folder of a node that came out of a backup. */
  readonly home: string;
  /** Height of the newest block that any other node, client or witness shows. */
  readonly seen: Height;
  readonly crypto: Crypto;
}

/**
 * A validator with peers signs nothing up to so many blocks behind the newest that was seen: the
 * old one may have signed for blocks that nobody showed yet.
 */
const SILENT_BLOCKS = 100;
/** CometBFT's name for the last vote of a round: nothing of the height is signed behind it. */
const PRECOMMIT_STEP = 3;

/**
 * Lets a restored node start: whoever calls it answers for it that the old one never runs again.
 *
 * A node with peers will not vote below a height that is safe. One that makes blocks alone goes on
 * only where it has every block that anybody has seen.
 *
 * @returns The height up to which the validator signs nothing.
 * @throws WardError `NODE_NOT_RESTORED`, `RESTORED_BEHIND`, `HOME_LOCKED`, `HOME_MISSING`,
 * `HOME_INVALID`.
 */
export async function takeOver(options: TakeOverOptions): Promise<Height> {
  const { home, seen } = options;
  if (!isMarkedRestored(home)) throw refuse('NODE_NOT_RESTORED');
  const own = await loadNodeHome(home);
  const lock = HomeLock.acquire(home);
  try {
    const silent =
      own.peering === null ? await guardAlone(own, options) : guardAmongOthers(home, seen);
    await removeMark(home);
    return silent;
  } finally {
    lock.release();
  }
}

/** The guard of the engine that makes blocks alone, as if it had shown the last one itself. */
async function guardAlone(
  { genesis }: NodeHome,
  { home, seen, crypto }: TakeOverOptions,
): Promise<Height> {
  const storage = new FileStorage({ folder: join(home, 'ledger') });
  const guard = new FileSigningGuard(join(home, 'validator-state'), nodeDisk);
  try {
    const machine = StateMachine.open({ storage, genesis, crypto });
    const { height } = machine;
    if (height < seen) throw refuse('RESTORED_BEHIND', { height, seen });
    const block = new BlockArchive(machine, crypto).lightBlock(height);
    if (block === undefined) return 0;
    await guard.record({ height, hash: headerHash(block.header, crypto) });
    return height;
  } finally {
    guard.close();
    await storage.close();
  }
}

/** What CometBFT would have written had it signed for the height itself. */
function guardAmongOthers(home: string, seen: Height): Height {
  const height = seen + SILENT_BLOCKS;
  const folder = join(home, 'cometbft', 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const state = { height: String(height), round: 0, step: PRECOMMIT_STEP };
  const path = join(folder, 'priv_validator_state.json');
  writeFileSync(path, `${JSON.stringify(state)}\n`, { mode: 0o600, flush: true });
  return height;
}
