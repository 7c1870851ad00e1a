import {
  CHART_LIMITS,
  type ChartHeader,
  type Epoch,
  Grant,
  makeRoster,
  paddingOf,
  type Sources,
  sealSeeds,
  sealSources,
  sourceSecret,
} from '@ward/charts';
import { type ChartId, type Digest, type SealingKey, type Seconds, toHex } from '@ward/protocol';
import { missedBy } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { Vaults } from '../connection/vaults.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, type KeptGrant, ownCount } from '../wallet/wallet-state.ts';
import { OWNER_KEYS_AHEAD } from './create-chart.ts';

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
  const count = Math.min(CHART_LIMITS.ownerKeysMax, ownCount(kept, epoch) + OWNER_KEYS_AHEAD);
  return {
    epoch,
    sources: kept.sources.map(({ organisation, writeSecret }) => ({
      organisation,
      secret: sourceSecret({ writeSecret, epoch }, crypto),
    })),
    ownerKeys: wallet.ownerKeys(kept, epoch, count),
    previous,
  };
}

export interface ObjectsInput {
  readonly wallet: Wallet;
  readonly kept: KeptChart;
  readonly current: ChartHeader;
}

/**
 * Stores objects of a chart as its owner; returns their names. What a vault missed is remembered.
 */
export async function putOwn(
  { wallet, kept, current }: ObjectsInput,
  objects: readonly Uint8Array[],
  connection: Connection,
): Promise<Digest[]> {
  const batch = objects.map((bytes) => ({ kind: 'object' as const, bytes }));
  const key = wallet.requestKey(kept);
  const { chart } = kept;
  const writer = new VaultWriter(current.vaults, { chart, key }, connection);
  const names = await writer.putObjects(batch);
  const tasks = names.map((name) => ({ kind: 'object' as const, name }));
  await wallet.record(...missedBy(writer.missed, chart, tasks));
  return names;
}

/** A roster for the next header, and what of it is nobody's. */
export interface NextRoster {
  readonly name: Digest;
  readonly padding: readonly Digest[];
}

/**
 * Stores the roster of the grants that are active now. Leaves of none stay from one roster to the
 * next, so that comparing the two does not show which are new.
 */
export async function putRoster(
  input: ObjectsInput,
  { isAfterTheft = false }: { readonly isAfterTheft?: boolean },
  connection: Connection,
): Promise<NextRoster> {
  const { kept, current } = input;
  const made = [...kept.grants.values()].map(({ leaf }) => leaf);
  const leaves = activeGrants(kept, connection.now()).map(({ leaf }) => leaf);
  // A leaf of none may be one that a thief granted.
  const padding = isAfterTheft ? [] : await paddingBefore(current, made, connection);
  const roster = makeRoster(leaves, connection.random, padding);
  const [name] = await putOwn(input, [roster], connection);
  return { name: name!, padding: paddingOf(roster, made) };
}

async function paddingBefore(
  { vaults, roster }: ChartHeader,
  made: readonly Digest[],
  connection: Connection,
): Promise<Digest[]> {
  return paddingOf(await new Vaults(vaults, connection).object(roster), made);
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

/**
 * Seals an epoch's seed to the organisations of all grants that are active, and stores it.
 *
 * `padding` are the leaves of the roster that are nobody's: the two lists must not differ.
 */
export async function putSeeds(
  input: ObjectsInput,
  { epoch, padding }: { readonly epoch: Epoch; readonly padding: readonly Digest[] },
  connection: Connection,
): Promise<Digest> {
  const { random, realm } = connection;
  const keys = new Map<string, SealingKey>();
  const readers = [];
  for (const { leaf, body } of activeGrants(input.kept, connection.now())) {
    const name = toHex(body.grantee);
    // The ledger's key, not the remembered one: a reader that changed its key is still a reader.
    const key =
      keys.get(name) ??
      realm.crypto.kem.sealingKey((await connection.organisation(body.grantee)).sealingKey);
    keys.set(name, key);
    readers.push({ leaf, key });
  }
  const chart: ChartId = input.kept.chart;
  const sealed = await sealSeeds({ chart, epoch, readers, padding }, random, realm);
  const [name] = await putOwn(input, [sealed], connection);
  return name!;
}
