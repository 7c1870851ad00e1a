import {
  compareBytes,
  type Digest,
  defineFormat,
  equalBytes,
  field,
  type Random,
} from '@ward/protocol';
import { paddedCount } from '../header/epoch.ts';
import { CHART_LIMITS } from '../limits.ts';

/** Leaves of all grants that hold now, among leaves of none: the number of grants does not show. */
export const Roster = defineFormat('roster', 1, {
  leaves: field.list(field.bytes(32), { max: 2 * CHART_LIMITS.grantsMax, sortedBy: '' }),
});

/** The roster object for the vault. */
export function makeRoster(leaves: readonly Digest[], random: Random): Uint8Array {
  const padded = [...leaves];
  while (padded.length < paddedCount(leaves.length)) padded.push(random.bytes(32));
  padded.sort(compareBytes);
  return Roster.encode({ leaves: padded });
}

/** Whether a roster lists a leaf. */
export function isInRoster(roster: Uint8Array, leaf: Digest): boolean {
  return Roster.decode(roster).leaves.some((each) => equalBytes(each, leaf));
}
