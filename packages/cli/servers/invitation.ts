import { nodeId } from '@ward/engine';
import type { NetworkFile } from '@ward/ledger/schema';
import type { Crypto } from '@ward/protocol';
import type { Invitation } from '@ward/sdk';
import { refuse } from '../errors.ts';

/**
 * What lets others meet a node and those that it knows.
 *
 * @throws WardError `NODE_ALONE`.
 */
export async function invitationOf(
  nodeHome: string,
  networkFile: NetworkFile,
  crypto: Crypto,
): Promise<Invitation> {
  const { loadNodeHome } = await import('@ward/node');
  const { peering } = await loadNodeHome(nodeHome);
  if (peering === null) throw refuse('NODE_ALONE');
  const own = `${nodeId(peering.nodeSeed, crypto)}@${peering.address}`;
  return { networkFile, peers: [own, ...peering.peers] };
}
