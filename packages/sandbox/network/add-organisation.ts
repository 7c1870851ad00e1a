import { join } from 'node:path';
import { nodeId } from '@ward/engine';
import type { NetworkFile } from '@ward/ledger/schema';
import { copyFirstState, loadNodeHome, nodeInit } from '@ward/node';
import type { AccountId, Ed25519KeyPair } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import type { Application } from '@ward/sdk';
import { saveNetworkFile } from '@ward/sdk/node';
import type { Network } from './network.ts';
import { makeOrganisationKeys } from './organisation-keys.ts';
import { choosePorts, listenOn, originOf } from './ports.ts';
import type { SandboxMember } from './sandbox-file.ts';
import { serversOfMember } from './start-network.ts';

export interface Newcomer {
  readonly folder: string;
  readonly name: string;
  /** Ports of its node, for clients and for other nodes, when they are free. */
  readonly node: number;
  readonly peer: number;
  /** Of a network that goes on from another chain: its file, and a home with its first state. */
  readonly promoted?: { readonly networkFile: NetworkFile; readonly firstStateOf: string };
}

/** An organisation that is no member yet, whose node follows the network. */
export interface AddedOrganisation {
  readonly organisation: AccountId;
  /** What the members decide on. */
  readonly application: Application;
  /** With which its node would make blocks. */
  readonly validatorKey: Ed25519KeyPair;
}

/**
 * Makes an organisation of its own beside a network that runs, with a node that reads the ledger
 * from the other nodes. It is a member once those voted for it.
 */
export async function addOrganisation(
  network: Network,
  { folder, name, node, peer, promoted }: Newcomer,
): Promise<AddedOrganisation> {
  const [nodePort, peerPort] = (await choosePorts([node, peer])) as [number, number];
  const crypto = await loadCrypto();
  const home = join(network.home, folder);
  const { clock } = network;
  const { networkFile } = promoted ?? network;
  saveNetworkFile(home, networkFile);
  const plan = {
    ...{ folder, name, roles: ['provider'] as const, servers: {} },
    ...{ inbox: folder, staff: [] },
  };
  const keys = await makeOrganisationKeys(plan, home, { crypto, clock, random: systemRandom });
  const { ed25519 } = crypto;
  const validatorSeed = systemRandom.bytes(32);
  const own = {
    ...{ organisation: keys.account, genesis: networkFile.genesis, validatorSeed },
    serviceSeed: systemRandom.bytes(32),
    peering: {
      nodeSeed: systemRandom.bytes(32),
      address: listenOn(peerPort),
      peers: await peersOf(network),
    },
  };
  await nodeInit(own, join(home, 'node'), crypto);
  if (promoted !== undefined) {
    const from = join(promoted.firstStateOf, 'first-state');
    const { genesis } = networkFile;
    await copyFirstState({ from, to: join(home, 'node'), genesis }, crypto);
  }
  const member: SandboxMember = {
    ...{ folder, id: keys.account, node: nodePort, vault: null, custodian: null, peer: peerPort },
  };
  const servers = serversOfMember(member, network, { home: network.home });
  network.adopt(member, servers);
  await Promise.all(servers.map((server) => server.start()));
  return {
    organisation: keys.account,
    validatorKey: ed25519.keyPair(validatorSeed),
    application: {
      ...{ account: keys.account, name, roles: ['provider'], sealingKey: keys.sealing },
      ...{ servicePublicKey: keys.service, officerPublicKey: keys.officer, custodian: null },
      endpoints: { node: originOf(nodePort), vault: null, custodian: null, inbox: null },
    },
  };
}

/** Where the nodes of the network are met, as an invitation would tell. */
async function peersOf(network: Network): Promise<string[]> {
  const crypto = await loadCrypto();
  const homes = network.nodes.map(({ organisation }) =>
    loadNodeHome(join(network.home, organisation, 'node')),
  );
  return (await Promise.all(homes)).flatMap(({ peering }) =>
    peering === null ? [] : `${nodeId(peering.nodeSeed, crypto)}@${peering.address}`,
  );
}
