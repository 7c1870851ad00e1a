import {
  type ChartHeader,
  type Epoch,
  Grant,
  makeRoster,
  type Sources,
  sealSeeds,
  sealSources,
  sourceSecret,
} from '@ward/charts';
import type { ChartId, Digest, Seconds } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, type KeptGrant, ownCount } from '../wallet/wallet-state.ts';
import { OWNER_KEYS_AHEAD, ownerKeys } from './create-chart.ts';

/** A grant that counts: neither revoked nor expired. */
export interface ActiveGrant extends KeptGrant {
  readonly body: Grant;
}

/** Grants whose leaves belong into the roster at this time. */
export function activeGrants(kept: KeptChart, now: Seconds): ActiveGrant[] {
  return [...kept.grants.values()]
    .map((grant) => ({ ...grant, body: Grant.decode(grant.grant) }))
    .filter(({ isRevoked, body }) => !isRevoked && now < body.until);
}

/** The sources of an epoch as the wallet knows them now. */
export function sourcesOf(
  { wallet, kept, epoch }: { wallet: Wallet; kept: KeptChart; epoch: number },
  previous: Sources['previous'],
): Sources {
  const { crypto } = wallet.realm;
  const written = ownCount(kept, epoch);
  return {
    epoch,
    sources: kept.sources.map(({ organisation, writeSecret }) => ({
      organisation,
      secret: sourceSecret({ writeSecret, epoch }, crypto),
    })),
    ownerKeys: ownerKeys(wallet.keysOf(kept), epoch, written + OWNER_KEYS_AHEAD),
    previous,
  };
}

export interface ObjectsInput {
  readonly wallet: Wallet;
  readonly kept: KeptChart;
  readonly current: ChartHeader;
}

/** Stores objects of a chart as its owner; returns their names. */
export function putOwn(
  { wallet, kept, current }: ObjectsInput,
  objects: readonly Uint8Array[],
  connection: Connection,
): Promise<Digest[]> {
  const batch = objects.map((bytes) => ({ kind: 'object' as const, bytes }));
  const key = wallet.requestKey(kept);
  const vaults = new Vaults(current.vaults, connection);
  return vaults.putObjects({ chart: kept.chart, objects: batch, key });
}

/** Stores the roster of the grants that are active now. */
export async function putRoster(input: ObjectsInput, connection: Connection): Promise<Digest> {
  const leaves = activeGrants(input.kept, connection.now()).map(({ leaf }) => leaf);
  const [name] = await putOwn(input, [makeRoster(leaves, connection.random)], connection);
  return name!;
}

/** Stores a list of sources, sealed under the seed of its epoch. */
export async function putSources(
  input: ObjectsInput,
  sources: Sources,
  connection: Connection,
): Promise<Digest> {
  const seed = input.kept.epochs.get(sources.epoch)!;
  const { random, realm } = connection;
  const sealed = await sealSources(sources, seed, random, realm);
  const [name] = await putOwn(input, [sealed], connection);
  return name!;
}

/** Seals an epoch's seed to the organisations of all grants that are active, and stores it. */
export async function putSeeds(
  input: ObjectsInput,
  epoch: Epoch,
  connection: Connection,
): Promise<Digest> {
  const { random, realm } = connection;
  const readers = [];
  for (const { leaf, body } of activeGrants(input.kept, connection.now())) {
    // The ledger's key, not the remembered one: a reader that changed its key is still a reader.
    const { sealingKey } = await connection.organisation(body.grantee);
    readers.push({ leaf, key: realm.crypto.kem.sealingKey(sealingKey) });
  }
  const chart: ChartId = input.kept.chart;
  const sealed = await sealSeeds({ chart, epoch, readers }, random, realm);
  const [name] = await putOwn(input, [sealed], connection);
  return name!;
}
