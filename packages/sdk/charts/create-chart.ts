import {
  type Authority,
  CHART_KINDS,
  type ChartHeader,
  type ChartKeys,
  type ChartKind,
  chartId,
  type Dealing,
  deal,
  dealShare,
  dealShareTo,
  type Epoch,
  epochKey,
  erasedOf,
  makeColdKey,
  makeEpoch,
  makeRoster,
  refuseChart,
  type Sources,
  sealSeeds,
  sealSources,
  verifyDealReceipt,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  type Digest,
  type RequestKey,
  toHex,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { WalletChange } from '../wallet/wallet-events.ts';
import { putHeaderVersion, slotKeys } from './publish-header.ts';

/** How many one-time keys for the owner's own units a sources object announces ahead. */
export const OWNER_KEYS_AHEAD = 64;

export interface CreateChartParameters {
  readonly kind: ChartKind;
  /** Organisations whose vaults keep the chart. */
  readonly vaults: readonly AccountId[];
  /** Organisations that become custodians, one share each; none: readable offline, without a log. */
  readonly custodians: readonly AccountId[];
  /** t: how many of them must answer; at least 3 of 5 is what the specification advises. */
  readonly threshold: number;
}

/**
 * Makes a chart: keys, a release key dealt to the custodians, empty roster and sources, and header
 * 0, which is published only when every custodian has signed for its share.
 *
 * @returns The chart's id.
 * @throws WardError `CHART_EXISTS`, `SHARE_INVALID`, what custodians, vaults and nodes refuse.
 */
export async function createChart(
  wallet: Wallet,
  parameters: CreateChartParameters,
  connection: Connection,
): Promise<ChartId> {
  const { kind, vaults } = parameters;
  if (!CHART_KINDS.includes(kind)) throw refuseChart('WORD_UNKNOWN');
  if (wallet.charts.some((each) => each.kind === kind && !each.isErased))
    throw refuse('CHART_EXISTS');
  const plan = planChart(wallet, parameters, connection);
  const { chart, keys, epoch } = plan;
  await wallet.record(...changesOf(plan));
  const kept = wallet.chart(chart);
  if (plan.dealing !== undefined) await dealShares({ ...plan, dealing: plan.dealing }, connection);
  const key = wallet.requestKey(kept);
  const sources = firstSources(keys);
  const objects = await putChartObjects(
    { chart, key, vaults, seed: epoch.seed, sources },
    connection,
  );
  const header = firstHeader(plan, objects, connection);
  await putHeaderVersion({ wallet, kept, keys, header }, connection);
  return chart;
}

/** Everything of a new chart, before anybody hears of it. */
interface ChartPlan extends CreateChartParameters {
  readonly chart: ChartId;
  readonly number: number;
  readonly keys: ChartKeys;
  readonly authority: Authority;
  readonly coldSeed: Uint8Array;
  readonly epoch: Epoch;
  readonly dealing: Dealing | undefined;
  readonly places: DealInput['places'];
}

function planChart(
  wallet: Wallet,
  parameters: CreateChartParameters,
  { random, realm }: Connection,
): ChartPlan {
  const { custodians, threshold } = parameters;
  const { number, keys } = wallet.newChartKeys();
  const { cold, seed: coldSeed } = makeColdKey(random, realm);
  const authority = { ck: keys.ck.publicKey, cold };
  const count = custodians.length;
  return {
    ...parameters,
    chart: chartId(authority, realm),
    number,
    keys,
    authority,
    coldSeed,
    epoch: makeEpoch(0, random),
    dealing: count === 0 ? undefined : deal({ threshold, count }, random, realm.crypto),
    places: custodians.map((organisation, i) => ({ index: i + 1, organisation })),
  };
}

function changesOf(plan: ChartPlan): WalletChange[] {
  const { chart, number, kind, authority, coldSeed, epoch, dealing, vaults } = plan;
  const { ck, cold } = authority;
  const changes: WalletChange[] = [
    { kind: 'chartMade', chart, number, chartKind: kind, ck, cold, vaults },
    { kind: 'coldKeyMade', chart, cold, seed: coldSeed },
    { kind: 'epochMade', chart, epoch: epoch.number, seed: epoch.seed },
  ];
  if (dealing !== undefined) {
    const { secret, commitments } = dealing;
    changes.push({ kind: 'releaseDealt', chart, secret, commitments, custodians: plan.places });
  }
  return changes;
}

function firstHeader(
  plan: ChartPlan,
  objects: Pick<ChartHeader, 'roster' | 'seeds' | 'sources'>,
  { realm }: Connection,
): ChartHeader {
  const { chart, authority, keys, epoch, dealing, places, vaults } = plan;
  return {
    suite: 1,
    chart,
    authority,
    predecessors: [],
    version: 0,
    state: 'open',
    epoch: { number: 0, sealingKey: epochKey(epoch.seed, realm).sealingKey.bytes },
    releases:
      dealing === undefined ? [] : [{ commitments: dealing.commitments, custodians: places }],
    mailboxKey: keys.mailbox.sealingKey.bytes,
    vaults,
    ...objects,
    erased: erasedOf([], realm.crypto),
    ...slotKeys(keys, 0),
  };
}

function firstSources(keys: ChartKeys): Sources {
  return { epoch: 0, sources: [], ownerKeys: ownerKeys(keys, 0, OWNER_KEYS_AHEAD), previous: null };
}

/** Public keys of the owner's units 0 … count − 1 in an epoch. */
export function ownerKeys(keys: ChartKeys, epoch: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => keys.ownerSlot({ epoch, n }).publicKey);
}

export interface DealInput {
  readonly authority: { readonly ck: Uint8Array; readonly cold: Digest };
  readonly chart: ChartId;
  readonly dealing: Dealing;
  readonly places: readonly { readonly index: number; readonly organisation: AccountId }[];
  readonly keys: ChartKeys;
}

/** Deals to every custodian and waits for every receipt. */
export async function dealShares(
  { authority, chart, dealing, places, keys }: DealInput,
  connection: Connection,
): Promise<void> {
  const { realm } = connection;
  const { commitments, shares } = dealing;
  const dealOne = async ({ index, organisation: custodian }: DealInput['places'][number]) => {
    const { custodian: published } = await connection.organisation(custodian);
    if (published === null) throw refuse('ENDPOINT_MISSING', { organisation: toHex(custodian) });
    const custodianKey = realm.crypto.kem.sealingKey(published.sealingKey);
    const share = shares[index - 1]!;
    const input = { authority, chart, commitments, index, share, custodian, custodianKey };
    const body = await dealShare(input, keys.ck, realm);
    const server = await connection.server(custodian, 'custodian');
    const receipt = await callEndpoint(dealShareTo, { params: {}, query: {}, body }, server);
    const expected = { chart, q: commitments[0]!, index, custodian };
    if (!verifyDealReceipt(receipt, expected, published.publicKey, realm)) {
      throw refuseChart('SHARE_INVALID', { index });
    }
  };
  await Promise.all(places.map(dealOne));
}

export interface ChartObjects {
  readonly chart: ChartId;
  readonly key: RequestKey;
  readonly vaults: readonly AccountId[];
  /** Seed of the epoch whose sources these are. */
  readonly seed: Uint8Array;
  readonly sources: Sources;
}

/** Stores an empty roster, empty seeds and the sources of a new chart. */
async function putChartObjects(
  { chart, key, vaults, seed, sources }: ChartObjects,
  connection: Connection,
): Promise<Pick<ChartHeader, 'roster' | 'seeds' | 'sources'>> {
  const { random, realm } = connection;
  const epoch = { number: sources.epoch, seed };
  const objects = [
    makeRoster([], random),
    await sealSeeds({ chart, epoch, readers: [] }, random, realm),
    await sealSources(sources, seed, random, realm),
  ].map((bytes) => ({ kind: 'object' as const, bytes }));
  const names = await new Vaults(vaults, connection).putObjects({ chart, objects, key });
  return { roster: names[0]!, seeds: names[1]!, sources: names[2]! };
}
