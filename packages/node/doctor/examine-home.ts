import { askNodes } from './ask-node.ts';
import { findCorruptedStore } from './corrupted-store.ts';
import { findDoubleKey } from './double-key.ts';
import { type ExaminedHome, type ExamineOptions, readExaminedHome } from './examined-home.ts';
import { findExpiredCertificates } from './expired-certificate.ts';
import { type Finding, inOrder } from './finding.ts';
import { findFullDisk } from './full-disk.ts';
import { findMissingEngine } from './missing-engine.ts';
import { findStaleSoftware } from './stale-software.ts';
import { readStoredLedger, type StoredLedger } from './stored-ledger.ts';
import { findTakenPorts } from './taken-port.ts';
import { findUnreachablePeers } from './unreachable-peer.ts';
import { findWrongClock } from './wrong-clock.ts';
import { findWrongGenesis } from './wrong-genesis.ts';

/** What the doctor found in one home, and what it could not look at. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** A server runs there: its stores and its ports were left to it. */
  readonly isRunning: boolean;
}

/** That of a node. */
export interface NodeExamination extends Examination {
  /** By which others know the node, as its settings and the genesis say. */
  readonly ownOrigins: readonly string[];
}

/**
 * Looks for the faults that keep a node from working. Nothing is changed, and nothing is sent but
 * questions that anybody may ask.
 *
 * @throws WardError `HOME_MISSING`, `HOME_INVALID`.
 */
export async function examineHome(options: ExamineOptions): Promise<NodeExamination> {
  const examined = await readExaminedHome(options);
  const { isRunning, ownOrigins } = examined;
  const { stored, failure } = await tryStored(examined);
  const answers = await askNodes(examined);
  const findings = [
    ...findMissingEngine(examined),
    ...findStaleSoftware(examined, stored),
    ...findWrongClock(examined, stored?.time, answers),
    ...(await findFullDisk(examined, 'node')),
    ...(await findTakenPorts(examined)),
    ...findWrongGenesis(examined, failure, answers),
    ...findCorruptedStore(failure, stored),
    ...findDoubleKey(examined, stored, answers),
    ...(await findUnreachablePeers(examined, answers)),
    ...(await findExpiredCertificates(examined)),
  ];
  return { findings: inOrder(findings), isRunning, ownOrigins };
}

async function tryStored(
  examined: ExaminedHome,
): Promise<{ readonly stored?: StoredLedger | undefined; readonly failure?: unknown }> {
  if (examined.isRunning) return {};
  try {
    return { stored: await readStoredLedger(examined) };
  } catch (failure) {
    return { failure };
  }
}
