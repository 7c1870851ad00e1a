import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crossedFile } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { checkFounded, FounderFile, founderPeer, type Invitation } from '@ward/sdk';
import { loadNetworkFile, saveCrossing } from '@ward/sdk/node';
import { loadJsonFile, onFiles } from '../frame/files.ts';
import type { Session } from '../frame/session.ts';
import { serverHome } from './start-server.ts';

/** Where a home keeps what it says as a founder. */
export function founderPath(home: string): string {
  return join(home, 'founder.json');
}

/** Whether a home said that it founds, and has no node yet. */
export function isFounder(home: string): boolean {
  return existsSync(founderPath(home)) && !existsSync(join(home, 'node', 'node.json'));
}

/**
 * Finishes the home of a founder behind the promotion: its node, with the first state of the
 * network. That the network is the one it meant to found, and begins with it, is proved.
 *
 * @throws WardError `FOUNDER_MISSING`, `PROMOTION_DIFFERS`, what `checkFounded` refuses.
 */
export async function finishFounder(
  { peers, networkFile: { genesis } }: Invitation,
  firstState: string,
  session: Session,
) {
  const { home, platform } = session;
  const { crypto } = platform;
  const { copyFirstState, loadFirstPromotion, loadNodeKeys, nodeInit } = await import('@ward/node');
  const file = loadJsonFile(founderPath(home), FounderFile);
  const before = onFiles(() => loadNetworkFile(home));
  const answer = loadFirstPromotion(firstState, crypto);
  checkFounded({ file, before, answer }, crypto);
  const nodeHome = serverHome(session, 'node');
  await copyFirstState({ from: firstState, to: nodeHome, genesis }, crypto);
  const { application, address } = file.statement;
  const own = founderPeer(file.statement, crypto);
  const { nodeSeed, ...keys } = await loadNodeKeys(nodeHome);
  const peering = { nodeSeed, address, peers: peers.filter((peer) => peer !== own) };
  const { account: organisation } = application;
  await nodeInit({ organisation, genesis, ...keys, peering }, nodeHome, crypto);
  const networkFile = crossedFile(before, { genesis, first: null });
  const { height } = answer.last.header;
  onFiles(() => saveCrossing(home, { height, networkFile }));
  const { name, roles, endpoints } = application;
  return { account: toHex(organisation), name, roles, origin: endpoints.node, networkFile };
}
