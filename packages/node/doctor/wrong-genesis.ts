import { networkOf } from '@ward/ledger/schema';
import { type Digest, equalBytes, hasCode } from '@ward/protocol';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

/** Whether the log on the disk began with another genesis. */
export function isOtherGenesis(failure: unknown): boolean {
  return hasCode(failure, 'LOG_FOREIGN');
}

/** Home, network file, log and the other nodes are of one network. */
export function findWrongGenesis(
  { files, networkFile, crypto }: ExaminedHome,
  failure: unknown,
  answers: readonly NodeAnswer[],
): Finding[] {
  const own = networkOf(files.genesis, crypto);
  if (isOtherGenesis(failure)) return [wrongGenesis('The ledger on the disk has another genesis.')];
  if (networkFile !== null && !equalBytes(networkFile.network, own)) {
    return [wrongGenesis('genesis.json of the node and network.json of its organisation differ.')];
  }
  return foreignNodes(own, answers);
}

/** Nodes that run another network than the one that is known. */
export function foreignNodes(
  own: Digest,
  answers: readonly NodeAnswer[],
  next?: string,
): Finding[] {
  return answers
    .filter(({ status }) => status !== undefined && !equalBytes(status.network, own))
    .map(({ origin }) => wrongGenesis(`${origin} runs a network with another genesis.`, next));
}

export function wrongGenesis(
  what: string,
  next = 'Take genesis.json from the invitation that you trust, and make the home anew with it.',
): Finding {
  return {
    fault: 'wrong-genesis',
    what,
    why: 'The genesis is the identity of a network: with another one no block and no proof fits.',
    next,
  };
}
