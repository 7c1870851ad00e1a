import { equalBytes } from '@ward/protocol';
import type { LedgerAnswer } from './ask-ledger.ts';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedServer } from './examined-server.ts';
import type { Finding } from './finding.ts';
import { foreignNodes, wrongGenesis } from './wrong-genesis.ts';

const INVITED =
  'Put the network.json of the invitation that you trust into both homes, and start again.';
const COMPARE =
  'Compare the newest block with another member (ward ledger status) before you move ' +
  'trusted-block away: it may be right, and the nodes wrong.';

/** Home, organisation, the block that was believed last, and the nodes are of one network. */
export function findForeignLedger(
  examined: ExaminedServer,
  { isForeignTrust, refusal }: LedgerAnswer,
  answers: readonly NodeAnswer[],
): Finding[] {
  const { kind, networkFile, aroundFile, trusted } = examined;
  const { network, genesis } = networkFile;
  if (aroundFile !== null && !equalBytes(aroundFile.network, network)) {
    const what = `network.json of the ${kind} and of its organisation are of two networks.`;
    return [wrongGenesis(what, INVITED)];
  }
  const foreign = foreignNodes(network, answers, INVITED);
  if (foreign.length > 0) return foreign;
  const chains = [genesis.chain, genesis.predecessor?.chain];
  const isOtherChain = trusted?.header && !chains.includes(trusted.header.chain);
  if (isOtherChain || isForeignTrust === true) {
    const what = `The block that the ${kind} believed last is of another ledger than its nodes'.`;
    return [wrongGenesis(what, COMPARE)];
  }
  const isLied = ['HEADER_UNTRUSTED', 'HEADER_MISMATCH', 'HEADER_FORK', 'PROOF_INVALID'];
  if (refusal === undefined || !isLied.includes(refusal.code)) return [];
  const what = `Nothing that its nodes show follows from network.json (${refusal.code}).`;
  return [wrongGenesis(what, INVITED)];
}
