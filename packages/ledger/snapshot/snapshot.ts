import { DIGEST_BYTES, defineFormat, type FormatOf, field, type Height } from '@ward/protocol';
import { SNAPSHOT_LIMITS } from './chunk.ts';

/** What a snapshot says of itself; the same bytes on every node for the same height. */
export const Snapshot = defineFormat('snapshot', 1, {
  height: field.integer<Height>(1),
  /** Time of the block, in seconds. */
  time: field.integer(),
  /** Root of the state after the block. */
  appHash: field.bytes(DIGEST_BYTES),
  /** Chunks of the state, and of ids behind them. */
  stateChunks: field.integer(1, SNAPSHOT_LIMITS.chunksMax),
  idChunks: field.integer(0, SNAPSHOT_LIMITS.chunksMax),
});
export type Snapshot = FormatOf<typeof Snapshot>;
