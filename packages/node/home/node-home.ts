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

/** What stands in `node.json`. */
const NodeFile = defineFormat('node-home', 1, {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});

/** What a node runs with. */
export interface NodeHome {
  /** Who runs the node. */
  readonly organisation: AccountId;
  readonly genesis: Genesis;
  /** 32 bytes: the key that signs blocks. */
  readonly validatorSeed: Uint8Array;
  /** 32 bytes: a service key of the organisation, for the slots that it carries. */
  readonly serviceSeed: Uint8Array;
}

const NODE_FILE = 'node.json';
const GENESIS_FILE = 'genesis.json';
const VALIDATOR_FILE = 'validator.key';
const SERVICE_FILE = 'service.key';

/**
 * Makes the home of a node: `node.json` and `genesis.json` to read, `validator.key` and
 * `service.key` for the owner of the folder alone. The ledger will stand beside them.
 *
 * @throws WardError `HOME_TAKEN`, `GENESIS_INVALID`, `VALIDATOR_MISMATCH`, `NODE_KEY_UNKNOWN`.
 * @example
 * await nodeInit({ organisation, genesis, validatorSeed, serviceSeed }, home, crypto);
 * const node = await createNode({ home });
 */
export async function nodeInit(own: NodeHome, home: string, crypto: Crypto): Promise<void> {
  const folder = new HomeFolder(home);
  if (folder.has(NODE_FILE)) throw refuseServer('HOME_TAKEN');
  checkKeys(own, crypto);
  const { organisation, genesis, validatorSeed, serviceSeed } = own;
  await folder.writeJson(GENESIS_FILE, Genesis, genesis);
  await folder.write(VALIDATOR_FILE, validatorSeed);
  await folder.write(SERVICE_FILE, serviceSeed);
  // Last: with this file there is a node.
  await folder.writeJson(NODE_FILE, NodeFile, { organisation });
}

function checkKeys(
  { organisation, genesis, validatorSeed, serviceSeed }: NodeHome,
  crypto: Crypto,
) {
  // A ledger can begin with this genesis, or this refuses it.
  StateMachine.open({ storage: new MemoryStorage(), genesis, crypto });
  const validator = crypto.ed25519.keyPair(validatorSeed).publicKey;
  if (!genesis.validators.some(({ publicKey }) => equalBytes(publicKey, validator))) {
    throw refuseEngine('VALIDATOR_MISMATCH');
  }
  const service = crypto.ed25519.keyPair(serviceSeed).publicKey;
  const member = genesis.members.find(({ id }) => equalBytes(id, organisation));
  const isKnown = member?.account.keys.some(
    (key) =>
      key.kind === 'service' &&
      isKeyActive(key, genesis.time) &&
      equalBytes(key.publicKey, service),
  );
  if (isKnown !== true) throw refuse('NODE_KEY_UNKNOWN');
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadNodeHome(home: string): Promise<NodeHome> {
  const folder = new HomeFolder(home);
  const { organisation } = await folder.readJson(NODE_FILE, NodeFile);
  return {
    organisation,
    genesis: await folder.readJson(GENESIS_FILE, Genesis),
    validatorSeed: await folder.readSeed(VALIDATOR_FILE),
    serviceSeed: await folder.readSeed(SERVICE_FILE),
  };
}
