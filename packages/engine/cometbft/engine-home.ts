import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseOf } from '@ward/ledger';
import { DEFAULT_CONSENSUS, type Genesis } from '@ward/ledger/schema';
import {
  type Crypto,
  type Ed25519KeyPair,
  type Height,
  MS_PER_SECOND,
  type Seconds,
  toHex,
  validatorAddress,
} from '@ward/protocol';
import { APP_VERSION } from './application.ts';
import { CONTAINER_LIMITS } from './container.ts';

const PUBLIC_KEY = 'tendermint/PubKeyEd25519';
const PRIVATE_KEY = 'tendermint/PrivKeyEd25519';
const OWNER_ONLY = 0o600;

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** How a node begins with a snapshot of others, where it has no block yet. */
export interface StateSync {
  /** A block that is trusted: its height, and the hash of its header. */
  readonly height: Height;
  readonly hash: Uint8Array;
  /** How long the validators of that block are trusted; shorter than the time to unbond. */
  readonly trustSeconds: Seconds;
  /**
   * Light doors of nodes, as `http://127.0.0.2:26657`, which must agree: two or more, of different
   * operators.
   */
  readonly servers: readonly string[];
}

export interface EngineHomeOptions {
  /** Folder of CometBFT alone. */
  readonly folder: string;
  readonly genesis: Genesis;
  /** 32 bytes: key that votes; a node whose key the genesis does not name follows the others. */
  readonly validatorSeed: Uint8Array;
  /** 32 bytes: key that other nodes know this one by. */
  readonly nodeSeed: Uint8Array;
  /** Where other nodes connect, as in `127.0.0.1:26656`. */
  readonly listen: string;
  /** Other nodes, as in `<node id>@127.0.0.2:26656`; reconnected for ever. */
  readonly peers: readonly string[];
  /** Unix sockets of our application and of CometBFT's RPC. */
  readonly applicationPath: string;
  readonly rpcPath: string;
  /** Only a node that has no block yet looks at it; without it, it asks for all blocks. */
  readonly stateSync?: StateSync;
  readonly crypto: Crypto;
}

/** What other nodes know a node by: the address of its key. */
export function nodeId(nodeSeed: Uint8Array, crypto: Crypto): string {
  return toHex(validatorAddress(crypto.ed25519.keyPair(nodeSeed).publicKey, crypto));
}

/**
 * Writes what CometBFT starts from: configuration, genesis and keys anew each time, and what it
 * signed last only where there is nothing, for that is what keeps it from signing twice.
 */
export function writeEngineHome(options: EngineHomeOptions): void {
  const { folder, genesis, validatorSeed, nodeSeed, crypto } = options;
  const [config, state] = [join(folder, 'config'), join(folder, 'data')];
  for (const own of [config, state]) mkdirSync(own, { recursive: true, mode: 0o700 });
  const write = (path: string, content: string) => {
    writeFileSync(path, content, { mode: OWNER_ONLY });
  };
  const json = (path: string, content: object) => write(path, JSON.stringify(content, null, 2));
  write(join(config, 'config.toml'), configOf(options));
  json(join(config, 'genesis.json'), genesisOf(genesis, crypto));
  const validator = crypto.ed25519.keyPair(validatorSeed);
  json(join(config, 'priv_validator_key.json'), {
    address: toHex(validatorAddress(validator.publicKey, crypto)).toUpperCase(),
    pub_key: { type: PUBLIC_KEY, value: base64(validator.publicKey) },
    priv_key: privateKey(validator),
  });
  json(join(config, 'node_key.json'), { priv_key: privateKey(crypto.ed25519.keyPair(nodeSeed)) });
  const signed = join(state, 'priv_validator_state.json');
  if (!existsSync(signed)) json(signed, { height: '0', round: 0, step: 0 });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function privateKey({ secretKey }: Ed25519KeyPair) {
  return { type: PRIVATE_KEY, value: base64(secretKey) };
}

/** What all nodes have to have alike; its members may change it later, by vote. */
function genesisOf(genesis: Genesis, crypto: Crypto) {
  const rules = genesis.governance?.consensus ?? DEFAULT_CONSENSUS;
  return {
    genesis_time: new Date(genesis.time * MS_PER_SECOND).toISOString(),
    chain_id: genesis.chain,
    initial_height: String(baseOf(genesis) + 1),
    consensus_params: {
      block: { max_bytes: String(rules.blockBytesMax), max_gas: '-1' },
      evidence: {
        max_age_num_blocks: String(rules.evidenceBlocksMax),
        max_age_duration: String(BigInt(rules.evidenceSecondsMax) * NANOSECONDS_PER_SECOND),
        max_bytes: String(rules.evidenceBytesMax),
      },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: String(APP_VERSION) },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: genesis.validators.map(({ publicKey, power }) => ({
      address: toHex(validatorAddress(publicKey, crypto)).toUpperCase(),
      pub_key: { type: PUBLIC_KEY, value: base64(publicKey) },
      power: String(power),
      name: '',
    })),
    app_hash: '',
  };
}

/**
 * Mempool `app` announces no transactions: blocks flow whether there are any or not, and their
 * times are never old. A block is followed at once where all have voted, since the next header is
 * what proves it; how fast empty ones follow, the proposer says: see {@link ProposalWait}. Results
 * are kept by the ledger: CometBFT needs those of its last block alone.
 */
function configOf(options: EngineHomeOptions): string {
  const { applicationPath, rpcPath, listen, peers } = options;
  return `# Written at each start.
proxy_app = ${text(`unix://${applicationPath}`)}
abci = "socket"
log_format = "json"
log_level = "info"

[rpc]
laddr = ${text(`unix://${rpcPath}`)}

[p2p]
laddr = ${text(`tcp://${listen}`)}
persistent_peers = ${text(peers.join(','))}
addr_book_strict = false
allow_duplicate_ip = true
pex = false
send_rate = 51200000
recv_rate = 51200000
max_packet_msg_payload_size = 16384

[mempool]
type = "app"
max_tx_bytes = ${CONTAINER_LIMITS.bytesMax}
reap_interval = "100ms"

[consensus]
timeout_propose = "1s"
timeout_prevote = "300ms"
timeout_precommit = "300ms"
timeout_commit = "300ms"
skip_timeout_commit = true
peer_gossip_sleep_duration = "30ms"
create_empty_blocks = true
create_empty_blocks_interval = "0s"

[storage]
discard_abci_responses = true

[tx_index]
indexer = "null"
${stateSyncOf(options)}`;
}

function stateSyncOf({ stateSync, folder }: EngineHomeOptions): string {
  if (stateSync === undefined) return '';
  const { height, hash, trustSeconds, servers } = stateSync;
  return `
[statesync]
enable = true
rpc_servers = ${text(servers.join(','))}
trust_height = ${height}
trust_hash = ${text(toHex(hash))}
trust_period = "${trustSeconds}s"
discovery_time = "5s"
temp_dir = ${text(join(folder, 'data'))}
`;
}

/** A string of TOML; what JSON escapes, TOML's basic strings do as well. */
function text(value: string): string {
  return JSON.stringify(value);
}
