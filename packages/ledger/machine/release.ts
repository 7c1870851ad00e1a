import { type Height, toHex } from '@ward/protocol';
import { type Release, releaseAt } from '../contracts/network/proposal.ts';
import { refuse } from '../schema/errors.ts';

/**
 * Whether this software is the one that must execute a height.
 *
 * @param own Name of this software.
 * @param decided What the members decided; null where they do not decide on it.
 * @throws WardError `UPGRADE_NEEDED`, `UPGRADE_EARLY`.
 */
export function checkRelease(own: string, decided: Release | null, height: Height): void {
  if (decided === null || releaseAt(decided, height) === own) return;
  const { plan } = decided;
  const planned = plan?.height ?? 0;
  if (plan !== null && planned <= height) {
    throw refuse('UPGRADE_NEEDED', { height, planned, digest: toHex(plan.digest) });
  }
  throw refuse('UPGRADE_EARLY', { height, planned });
}
