import {
  compareBytes,
  type Digest,
  defineFormat,
  equalBytes,
  field,
  type Random,
  toHex,
} from '@ward/protocol';
import { paddedCount } from '../header/epoch.ts';
import { CHART_LIMITS } from '../limits.ts';

/** Leaves of all grants that hold now, among leaves of none: the number of grants does not show. */
export const Roster = defineFormat('roster', 1, {
  leaves: field.list(field.bytes(32), { max: 2 * CHART_LIMITS.grantsMax, sortedBy: '' }),
});

/**
 * The roster object for the vault.
 *
 * @param padding Leaves of none in the roster before, see {@link paddingOf}. They stay, so that who
 * compares two rosters does not see which leaves are new each time.
 */
export function makeRoster(
  leaves: readonly Digest[],
  random: Random,
  padding: readonly Digest[] = [],
): Uint8Array {
  const padded = [...leaves, ...padding].slice(0, paddedCount(leaves.length));
  while (padded.length < paddedCount(leaves.length)) padded.push(random.bytes(32));
  padded.sort(compareBytes);
  return Roster.encode({ leaves: padded });
}

/**
 * Leaves of a roster that belong to no grant: for the next roster, and for the seeds of an epoch.
 *
 * @param made Leaves of all grants that were ever made, revoked ones too.
 */
export function paddingOf(roster: Uint8Array, made: readonly Digest[]): Digest[] {
  const known = new Set(made.map(toHex));
  return Roster.decode(roster).leaves.filter((leaf) => !known.has(toHex(leaf)));
}

/** Whether a roster lists a leaf. */
export function isInRoster(roster: Uint8Array, leaf: Digest): boolean {
  return Roster.decode(roster).leaves.some((each) => equalBytes(each, leaf));
}
