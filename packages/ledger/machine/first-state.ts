import { type BlockHeader, type Crypto, equalBytes, type Height, word } from '@ward/protocol';
import { refuse } from '../schema/errors.ts';
import { Genesis } from '../schema/genesis.ts';
import { genesisOf, planOf } from '../schema/promotion.ts';
import { refuse as refuseSnapshot } from '../snapshot/errors.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';

/** The state that a ledger begins with which continues another one. */
export interface FirstState {
  /** The old chain's last header, whose hash the genesis names. */
  readonly last: BlockHeader;
  /** Of the old ledger at that height. */
  readonly snapshot: Snapshot;
  /** All of its chunks, in their order. */
  readonly chunks: Iterable<Uint8Array>;
}

/** Height of the last block of the ledger that this one continues; 0 where it continues none. */
export function baseOf({ predecessor }: Genesis): Height {
  return predecessor?.height ?? 0;
}

/**
 * A first state is the one that the genesis names. What the chunks hold is verified against the
 * header as they are taken.
 *
 * @throws WardError `GENESIS_INVALID` where genesis and header do not belong together,
 * `SNAPSHOT_INVALID` where header and snapshot do not.
 */
export function checkFirstState(genesis: Genesis, { last, snapshot }: FirstState, crypto: Crypto) {
  const plan = planOf(genesis);
  // It names the header by hash, height and time.
  const made = Genesis.encode(genesisOf(plan, last, crypto));
  const isOfHeader = last.chain === plan.predecessor && equalBytes(made, Genesis.encode(genesis));
  if (!isOfHeader) throw refuse('GENESIS_INVALID', { reason: word('last'), member: -1 });
  const { height, time, appHash } = snapshot;
  const isOfBlock = height === last.height && time === last.time.seconds;
  if (!isOfBlock || !equalBytes(appHash, last.appHash)) {
    throw refuseSnapshot('SNAPSHOT_INVALID', { chunk: 0 });
  }
}

/**
 * Takes the chunks into a ledger that has none of them. The last block of the old chain changed
 * nothing: its height is left to what the genesis adds.
 *
 * @param lightBlock Stands in the log in the place of a light block.
 * @throws WardError `SNAPSHOT_INVALID` with the number of the chunk.
 */
export function takeFirstState(
  { snapshot, chunks }: FirstState,
  snapshots: Snapshots,
  lightBlock: Uint8Array,
): void {
  const before = { ...snapshot, height: snapshot.height - 1 };
  const intake = snapshots.take({ snapshot: before, lightBlock });
  for (const chunk of chunks) intake.take(chunk);
  if (!intake.isWhole) throw refuseSnapshot('SNAPSHOT_INVALID', { chunk: intake.next });
}
