import { askLedger } from './ask-ledger.ts';
import { askNodes } from './ask-node.ts';
import type { Examination } from './examine-home.ts';
import type { ExaminedServer } from './examined-server.ts';
import { findExpiredCertificates } from './expired-certificate.ts';
import { type Finding, inOrder } from './finding.ts';
import { findForeignLedger } from './foreign-ledger.ts';
import { findFullDisk } from './full-disk.ts';
import { findLedgerBehind } from './ledger-behind.ts';
import { findTakenPorts } from './taken-port.ts';
import { findSilentNodes } from './unreachable-peer.ts';
import { findWrongClock } from './wrong-clock.ts';
import { findWrongKeys, type ListedKey } from './wrong-key.ts';

/**
 * Looks for what keeps a vault or a custodian from working, beside what it stores.
 *
 * @param keys Those that its home has to have.
 * @param stored What was found in its stores.
 */
export async function examineServer(
  examined: ExaminedServer,
  keys: readonly ListedKey[],
  stored: readonly Finding[],
): Promise<Examination> {
  const { networkFile, trusted, isRunning } = examined;
  const [answers, ledger] = await Promise.all([askNodes(examined), askLedger(examined)]);
  const clock = findWrongClock(examined, trusted?.header.time.seconds, answers);
  const { organisation } = ledger.facts ?? {};
  const findings = [
    ...clock,
    ...(await findFullDisk(examined, examined.kind)),
    ...(await findTakenPorts(examined)),
    ...findForeignLedger(examined, ledger, answers),
    // By a wrong clock every block looks too old.
    ...(clock.length === 0 ? findLedgerBehind(examined, ledger, answers) : []),
    ...(await findWrongKeys(examined, keys, ledger)),
    ...(trusted === undefined ? [unreadableTrust()] : []),
    ...stored,
    ...findSilentNodes(answers),
    ...(await findExpiredCertificates({
      ...{ clock: examined.clock, networkFile, files: networkFile },
      published: Object.values(organisation?.endpoints ?? {}),
    })),
  ];
  return { findings: inOrder(findings), isRunning };
}

function unreadableTrust(): Finding {
  return {
    fault: 'corrupted-store',
    what: 'trusted-block cannot be read.',
    why: 'It keeps nodes from showing an older ledger than the one that was believed last.',
    next: 'Look at the disk, then remove it: the server begins again where network.json begins.',
  };
}
