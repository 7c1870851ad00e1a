import { join } from 'node:path';
import { custodianInit } from '@ward/custodian';
import { nodeId } from '@ward/engine';
import type { Genesis, NetworkFile, Organisation } from '@ward/ledger/schema';
import { nodeInit } from '@ward/node';
import type { AccountId, Crypto, Random } from '@ward/protocol';
import { vaultInit } from '@ward/vault';
import type { ServerKind } from './organisations.ts';

/** What a new server holds alone. Every server has a service key of its own. */
export interface ServerSecrets {
  readonly kind: ServerKind;
  readonly serviceSeed: Uint8Array;
  /** Of a node: the key that signs blocks. */
  readonly validatorSeed: Uint8Array;
  /** Of a node: the key that other nodes know it by. */
  readonly peerSeed: Uint8Array;
  /** Of a custodian: what is sealed to it, and its word. */
  readonly sealingSeed: Uint8Array;
  readonly receiptSeed: Uint8Array;
}

/** What others know of a server. */
export interface ServerKeys {
  readonly kind: ServerKind;
  readonly service: Uint8Array;
  readonly validator: Uint8Array | null;
  /** What other nodes know a node by. */
  readonly peer: string | null;
  readonly custodian: Organisation['custodian'];
}

export function makeServerSecrets(kind: ServerKind, random: Random): ServerSecrets {
  return {
    kind,
    serviceSeed: random.bytes(32),
    validatorSeed: random.bytes(32),
    peerSeed: random.bytes(32),
    sealingSeed: random.bytes(32),
    receiptSeed: random.bytes(32),
  };
}

export function publicKeysOf(secrets: ServerSecrets, crypto: Crypto): ServerKeys {
  const { ed25519, kem } = crypto;
  const { kind, serviceSeed, validatorSeed, sealingSeed, receiptSeed } = secrets;
  const publicOf = (seed: Uint8Array) => ed25519.keyPair(seed).publicKey;
  const sealingKey = () => kem.openingKey(sealingSeed).sealingKey.bytes;
  return {
    kind,
    service: publicOf(serviceSeed),
    validator: kind === 'node' ? publicOf(validatorSeed) : null,
    peer: kind === 'node' ? nodeId(secrets.peerSeed, crypto) : null,
    custodian:
      kind === 'custodian' ? { sealingKey: sealingKey(), publicKey: publicOf(receiptSeed) } : null,
  };
}

export interface FoundedServer {
  readonly organisation: AccountId;
  readonly genesis: Genesis;
  readonly networkFile: NetworkFile;
  readonly secrets: ServerSecrets;
  /** Of a node that meets others: where, and whom. */
  readonly peering: { readonly address: string; readonly peers: readonly string[] } | null;
}

/** Makes the home of a server in its organisation's folder: `node`, `vault` or `custodian`. */
export async function makeServerHome(
  { organisation, genesis, networkFile, secrets, peering }: FoundedServer,
  path: string,
  crypto: Crypto,
): Promise<void> {
  const { kind, serviceSeed, validatorSeed, sealingSeed, receiptSeed } = secrets;
  const home = join(path, kind);
  switch (kind) {
    case 'node':
      return nodeInit(
        {
          ...{ organisation, genesis, validatorSeed, serviceSeed },
          peering: peering && { ...peering, nodeSeed: secrets.peerSeed },
        },
        home,
        crypto,
      );
    case 'vault':
      return vaultInit({ organisation, networkFile, serviceSeed }, home);
    case 'custodian': {
      const keys = { serviceSeed, sealingSeed, receiptSeed };
      return custodianInit({ organisation, account: organisation, networkFile, ...keys }, home);
    }
  }
}
