import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk, refuseEngine } from '@ward/engine';
import { MemoryStorage, StateMachine } from '@ward/ledger';
import { Genesis, isKeyActive } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type Crypto,
  decodeUtf8,
  defineFormat,
  encodeUtf8,
  equalBytes,
  type Format,
  field,
  type Json,
  WardError,
} from '@ward/protocol';
import { refuseServer } from '@ward/server';
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

const SEED_BYTES = 32;
const NODE_FILE = 'node.json';
const GENESIS_FILE = 'genesis.json';
const VALIDATOR_FILE = 'validator.key';
const SERVICE_FILE = 'service.key';

/**
 * Makes the home of a node: `node.json` and `genesis.json` to read, `validator.key` and
 * `service.key` for the owner of the folder alone.
 *
 * @throws WardError `NODE_HOME_TAKEN`, `GENESIS_INVALID`, `VALIDATOR_MISMATCH`, `NODE_KEY_UNKNOWN`.
 * @example
 * nodeInit({ home, organisation, genesis, validatorSeed, serviceSeed }, crypto);
 * const node = await createNode({ home });
 */
export function nodeInit(options: NodeHome & { readonly home: string }, crypto: Crypto): void {
  const { home, organisation, genesis, validatorSeed, serviceSeed } = options;
  if (hasNode(home)) throw refuse('NODE_HOME_TAKEN');
  checkKeys(options, crypto);
  nodeDisk.list(home);
  const write = (name: string, bytes: Uint8Array) => nodeDisk.replace(join(home, name), bytes);
  write(GENESIS_FILE, encodeJson(Genesis.toJson(genesis)));
  write(VALIDATOR_FILE, validatorSeed);
  write(SERVICE_FILE, serviceSeed);
  // Last: with this file there is a node.
  write(NODE_FILE, encodeJson(NodeFile.toJson({ organisation })));
}

/** Whether there is a node in a folder. */
export function hasNode(home: string): boolean {
  return existsSync(join(home, NODE_FILE));
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

/** @throws WardError `NODE_HOME_MISSING`, `HOME_INVALID`. */
export function loadNodeHome(home: string): NodeHome {
  const read = (name: string) => {
    const bytes = nodeDisk.load(join(home, name));
    if (bytes === undefined) throw refuse('NODE_HOME_MISSING');
    return bytes;
  };
  const { organisation } = decodeJson(NodeFile, read(NODE_FILE));
  return {
    organisation,
    genesis: decodeJson(Genesis, read(GENESIS_FILE)),
    validatorSeed: seedOf(read(VALIDATOR_FILE)),
    serviceSeed: seedOf(read(SERVICE_FILE)),
  };
}

function seedOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== SEED_BYTES) throw refuseServer('HOME_INVALID');
  return bytes;
}

function encodeJson(json: Json): Uint8Array {
  return encodeUtf8(`${JSON.stringify(json, null, 2)}\n`);
}

function decodeJson<T>(format: Format<T>, bytes: Uint8Array): T {
  try {
    return format.fromJson(JSON.parse(decodeUtf8(bytes)));
  } catch (error) {
    if (error instanceof WardError || error instanceof SyntaxError) {
      throw refuseServer('HOME_INVALID');
    }
    throw error;
  }
}
