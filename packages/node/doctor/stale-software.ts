import { ENGINE_VERSION } from '@ward/engine';
import { RELEASE } from '@ward/ledger/schema';
import { hasCode } from '@ward/protocol';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';
import type { StoredLedger } from './stored-ledger.ts';

const WHY = 'A node that executes otherwise than the others stops, and does not vote.';

/** The release that executes the next block, and CometBFT, are those that the network runs. */
export function findStaleSoftware(
  { files, engine }: ExaminedHome,
  stored: StoredLedger | undefined,
): Finding[] {
  const { pinned, other } = engine();
  const isOther = files.peering !== null && pinned === undefined && other !== undefined;
  return [
    ...(isOther ? [otherEngine(other)] : []),
    ...(stored?.refusedRelease === undefined ? [] : [otherRelease(stored.refusedRelease)]),
  ];
}

function otherEngine(path: string): Finding {
  return {
    fault: 'stale-software',
    what: `${path} is not CometBFT ${ENGINE_VERSION}, and there is no other.`,
    why: WHY,
    next: 'Run npm run engine:install in a clone of Ward, or put that version on the PATH.',
  };
}

function otherRelease(error: unknown): Finding {
  const isOld = hasCode(error, 'UPGRADE_NEEDED');
  const decided = isOld ? 'a newer one' : 'another one';
  return {
    fault: 'stale-software',
    what: `This is release ${RELEASE}; the members decided on ${decided} for the next block.`,
    why: WHY,
    next: isOld
      ? 'Install the release that the plan names and start the node again; nothing is lost.'
      : 'Install the release that the network runs now; change at the height of the plan.',
  };
}
