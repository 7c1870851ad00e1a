import { join } from 'node:path';
import { custodianInit } from '@ward/custodian';
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
  /** Of a custodian: what is sealed to it, and its word. */
  readonly sealingSeed: Uint8Array;
  readonly receiptSeed: Uint8Array;
}

/** What others know of a server. */
export interface ServerKeys {
  readonly kind: ServerKind;
  readonly service: Uint8Array;
  readonly validator: Uint8Array | null;
  readonly custodian: Organisation['custodian'];
}

export function makeServerSecrets(kind: ServerKind, random: Random): ServerSecrets {
  return {
    kind,
    serviceSeed: random.bytes(32),
    validatorSeed: random.bytes(32),
    sealingSeed: random.bytes(32),
    receiptSeed: random.bytes(32),
  };
}

export function publicKeysOf(secrets: ServerSecrets, { ed25519, kem }: Crypto): ServerKeys {
  const { kind, serviceSeed, validatorSeed, sealingSeed, receiptSeed } = secrets;
  const publicOf = (seed: Uint8Array) => ed25519.keyPair(seed).publicKey;
  const sealingKey = () => kem.openingKey(sealingSeed).sealingKey.bytes;
  return {
    kind,
    service: publicOf(serviceSeed),
    validator: kind === 'node' ? publicOf(validatorSeed) : null,
    custodian:
      kind === 'custodian' ? { sealingKey: sealingKey(), publicKey: publicOf(receiptSeed) } : null,
  };
}

export interface FoundedServer {
  readonly organisation: AccountId;
  readonly genesis: Genesis;
  readonly networkFile: NetworkFile;
  readonly secrets: ServerSecrets;
}

/** Makes the home of a server in its organisation's folder: `node`, `vault` or `custodian`. */
export async function makeServerHome(
  { organisation, genesis, networkFile, secrets }: FoundedServer,
  path: string,
  crypto: Crypto,
): Promise<void> {
  const { kind, serviceSeed, validatorSeed, sealingSeed, receiptSeed } = secrets;
  const home = join(path, kind);
  switch (kind) {
    case 'node':
      return nodeInit({ organisation, genesis, validatorSeed, serviceSeed }, home, crypto);
    case 'vault':
      return vaultInit({ organisation, networkFile, serviceSeed }, home);
    case 'custodian': {
      const keys = { serviceSeed, sealingSeed, receiptSeed };
      return custodianInit({ organisation, account: organisation, networkFile, ...keys }, home);
    }
  }
}
