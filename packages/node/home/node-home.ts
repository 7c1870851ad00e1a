import { refuseEngine } from '@ward/engine';
import { MemoryStorage, StateMachine } from '@ward/ledger';
import { Genesis, isKeyActive } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type Crypto,
  defineFormat,
  equalBytes,
  field,
} from '@ward/protocol';
import { HomeFolder, refuseServer } from '@ward/server';
import { refuse } from '../errors.ts';
import { GENESIS_FILE, NODE_FILE, PEER_FILE } from './home-names.ts';

const ADDRESS_BYTES_MAX = 262;
const PEER_BYTES_MAX = ADDRESS_BYTES_MAX + 41;
const PEERS_MAX = 200;

/** What stands in `node.json`. */
const NodeFile = defineFormat('node-home', 1, {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  /** Null: the node orders transactions alone. Else it does with others, by CometBFT. */
  peering: field.later(
    field.struct({
      address: field.text(ADDRESS_BYTES_MAX),
      peers: field.list(field.text(PEER_BYTES_MAX), { max: PEERS_MAX }),
    }),
  ),
});

/** How a node meets those of other organisations. */
export interface Peering {
  /** 32 bytes: key that other nodes know this one by; see `nodeId`. */
  readonly nodeSeed: Uint8Array;
  /** Where other nodes connect, as in `10.0.0.1:26656`. */
  readonly address: string;
  /** Nodes that it connects with, as in `<node id>@10.0.0.2:26656`. */
  readonly peers: readonly string[];
}

/** What a node runs with. */
export interface NodeHome {
  /** Who runs the node. */
  readonly organisation: AccountId;
  readonly genesis: Genesis;
  /** 32 bytes: the key that signs blocks. */
  readonly validatorSeed: Uint8Array;
  /** 32 bytes: a service key of the organisation, for the slots that it carries. */
  readonly serviceSeed: Uint8Array;
  /** Null for a ledger of one node. */
  readonly peering: Peering | null;
}

const VALIDATOR_FILE = 'validator.key';
const SERVICE_FILE = 'service.key';

/**
 * Makes the home of a node: `node.json` and `genesis.json` to read, `validator.key`,
 * `service.key` and, where it has peers, `peer.key` for the owner of the folder alone. The ledger
 * will stand beside them. A node with peers may belong to an organisation that is not a member yet:
 * it follows until the members make it a validator.
 *
 * @throws WardError `HOME_TAKEN`, `GENESIS_INVALID`, `VALIDATOR_MISMATCH`, `NODE_KEY_UNKNOWN`.
 * @example
 * const keys = { validatorSeed, serviceSeed };
 * await nodeInit({ organisation, genesis, ...keys, peering: null }, home, crypto);
 * const node = await createNode({ home });
 */
export async function nodeInit(own: NodeHome, home: string, crypto: Crypto): Promise<void> {
  const folder = new HomeFolder(home);
  if (folder.has(NODE_FILE)) throw refuseServer('HOME_TAKEN');
  checkKeys(own, crypto);
  const { organisation, genesis, validatorSeed, serviceSeed, peering } = own;
  await folder.writeJson(GENESIS_FILE, Genesis, genesis);
  await folder.write(VALIDATOR_FILE, validatorSeed);
  await folder.write(SERVICE_FILE, serviceSeed);
  if (peering !== null) await folder.write(PEER_FILE, peering.nodeSeed);
  // Last: with this file there is a node.
  await folder.writeJson(NODE_FILE, NodeFile, {
    organisation,
    peering: peering === null ? null : { address: peering.address, peers: [...peering.peers] },
  });
}

/** What a node holds alone. */
export interface NodeKeys extends Pick<NodeHome, 'validatorSeed' | 'serviceSeed'> {
  readonly nodeSeed: Uint8Array;
}

/** Keeps the keys of a node whose ledger is not there yet; `nodeInit` comes with the genesis. */
export async function saveNodeKeys(
  { validatorSeed, serviceSeed, nodeSeed }: NodeKeys,
  home: string,
): Promise<void> {
  const folder = new HomeFolder(home);
  await folder.write(VALIDATOR_FILE, validatorSeed);
  await folder.write(SERVICE_FILE, serviceSeed);
  await folder.write(PEER_FILE, nodeSeed);
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadNodeKeys(home: string): Promise<NodeKeys> {
  const folder = new HomeFolder(home);
  return {
    validatorSeed: await folder.readSeed(VALIDATOR_FILE),
    serviceSeed: await folder.readSeed(SERVICE_FILE),
    nodeSeed: await folder.readSeed(PEER_FILE),
  };
}

function checkKeys(own: NodeHome, crypto: Crypto): void {
  const { organisation, genesis, validatorSeed, serviceSeed, peering } = own;
  // A ledger can begin with this genesis, or this refuses it.
  StateMachine.open({ storage: new MemoryStorage(), genesis, crypto });
  const member = genesis.members.find(({ id }) => equalBytes(id, organisation));
  if (peering !== null && member === undefined) return;
  const validator = crypto.ed25519.keyPair(validatorSeed).publicKey;
  const isNamed = genesis.validators.some(({ publicKey }) => equalBytes(publicKey, validator));
  if (peering === null && !isNamed) {
    throw refuseEngine('VALIDATOR_MISMATCH');
  }
  const service = crypto.ed25519.keyPair(serviceSeed).publicKey;
  const isKnown = member?.account.keys.some(
    (key) =>
      key.kind === 'service' &&
      isKeyActive(key, genesis.time) &&
      equalBytes(key.publicKey, service),
  );
  if (isKnown !== true) throw refuse('NODE_KEY_UNKNOWN');
}

/** From here on the node of a home orders with others. */
export async function writeNodeFile(folder: HomeFolder, peering: Peering): Promise<void> {
  const { organisation } = await folder.readJson(NODE_FILE, NodeFile);
  const { address, peers } = peering;
  await folder.writeJson(NODE_FILE, NodeFile, {
    organisation,
    peering: { address, peers: [...peers] },
  });
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadNodeHome(home: string): Promise<NodeHome> {
  const folder = new HomeFolder(home);
  const { organisation, peering } = await folder.readJson(NODE_FILE, NodeFile);
  return {
    organisation,
    genesis: await folder.readJson(GENESIS_FILE, Genesis),
    validatorSeed: await folder.readSeed(VALIDATOR_FILE),
    serviceSeed: await folder.readSeed(SERVICE_FILE),
    peering: peering === null ? null : { ...peering, nodeSeed: await folder.readSeed(PEER_FILE) },
  };
}
