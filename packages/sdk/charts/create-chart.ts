import {
  type Authority,
  CHART_KINDS,
  CHART_LIMITS,
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
  paddingOf,
  refuseChart,
  type Sources,
  sealSeeds,
  sealSources,
  verifyDealReceipt,
} from '@ward/charts';
import { carriedSlot, Slot, slotKey } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  type Digest,
  equalBytes,
  type RequestKey,
  toHex,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { WalletChange } from '../wallet/wallet-events.ts';
import { firstAuthority, type KeptChart } from '../wallet/wallet-state.ts';
import { fetchHeaders } from './chart-view.ts';
import { putHeaderVersion, slotKeys } from './publish-header.ts';

/** How many one-time keys for the owner's own units a sources object announces ahead. */
export const OWNER_KEYS_AHEAD = 64;

export interface CreateChartParameters {
  readonly kind: ChartKind;
  /** Organisations whose vaults keep the chart. */
  readonly vaults: readonly AccountId[];
  /**
   * Organisations that become custodians, one share each; none: readable offline, without a log.
   */
  readonly custodians: readonly AccountId[];
  /** t: how many of them must answer; at least 3 of 5 is what the specification advises. */
  readonly threshold: number;
}

/**
 * Makes a chart: keys, a release key dealt to the custodians, empty roster and sources, and header
 * 0, which is published only when every custodian has signed for its share. A call that failed is
 * made again: it goes on with the same chart, and may name other custodians and vaults.
 *
 * @returns The chart's id.
 * @throws WardError `CHART_EXISTS`, `CHART_INCOHERENT`, `SHARE_INVALID`, what custodians, vaults
 * and nodes refuse.
 */
export function createChart(
  wallet: Wallet,
  parameters: CreateChartParameters,
  connection: Connection,
): Promise<ChartId> {
  checkParameters(parameters);
  return wallet.inOrder('charts', async () => {
    const begun = wallet.charts.find((each) => each.kind === parameters.kind && !each.isErased);
    if (begun !== undefined && begun.version >= 0) throw refuse('CHART_EXISTS');
    const state = begun === undefined ? 'none' : await stateOfBegun(wallet, begun, connection);
    if (begun !== undefined && state === 'published') return begun.chart;
    const plan =
      begun !== undefined && state === 'open'
        ? planAgain(wallet, begun, parameters, connection)
        : await planChart(wallet, parameters, connection);
    await publishPlan(wallet, plan, connection);
    return plan.chart;
  });
}

function checkParameters({ kind, vaults, custodians, threshold }: CreateChartParameters): void {
  if (!CHART_KINDS.includes(kind)) throw refuseChart('WORD_UNKNOWN');
  const areSound = [vaults, custodians].every((ids) => new Set(ids.map(toHex)).size === ids.length);
  const { length: count } = custodians;
  const isThreshold =
    count === 0 || (Number.isSafeInteger(threshold) && threshold >= 1 && threshold <= count);
  const { custodiansMax, vaultsMax } = CHART_LIMITS;
  const isInBounds = count <= custodiansMax && vaults.length >= 1 && vaults.length <= vaultsMax;
  if (!areSound || !isThreshold || !isInBounds) throw refuseChart('CHART_INCOHERENT');
}

/**
 * What became of a chart whose making did not end: its first header may stand in the ledger though
 * nobody said so, or that place may be taken by the chart of another device with the same seed.
 */
async function stateOfBegun(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<'published' | 'open' | 'taken'> {
  const value = await firstSlotOf(wallet.keysOf(kept, 0), connection);
  if (value === null) return 'open';
  const { chart, vaults } = kept;
  const headers = await fetchHeaders({ chart, vaults }, connection, { version: 0 });
  const own = headers.find(({ digest }) => equalBytes(digest, value));
  if (own === undefined) {
    await wallet.record({ kind: 'chartErased', chart });
    return 'taken';
  }
  await wallet.record({ kind: 'headerPublished', chart, version: 0, digest: own.digest });
  return 'published';
}

/** What stands in the slot of header 0; null for nothing. */
async function firstSlotOf(
  keys: ChartKeys,
  { ledger, realm }: Connection,
): Promise<Uint8Array | null> {
  const key = slotKey(carriedSlot(keys.slot(0).publicKey, realm));
  return (await ledger.prove([key])).record(Slot, key)?.value ?? null;
}

/** Everything of a new chart, before anybody hears of it. */
interface ChartPlan extends CreateChartParameters {
  readonly chart: ChartId;
  readonly keys: ChartKeys;
  readonly authority: Authority;
  readonly epoch: Epoch;
  readonly dealing: Dealing | undefined;
  readonly places: DealInput['places'];
  /** What the wallet has to remember first. */
  readonly changes: readonly WalletChange[];
}

/** Numbers of charts of other devices that are skipped at most. */
const NUMBERS_MAX = 1000;

async function planChart(
  wallet: Wallet,
  parameters: CreateChartParameters,
  connection: Connection,
): Promise<ChartPlan> {
  const { random, realm } = connection;
  let { number, keys } = wallet.newChartKeys();
  // Another device may have made a chart of this number: two charts must not share a key.
  for (let i = 0; i < NUMBERS_MAX && (await firstSlotOf(keys, connection)) !== null; i++) {
    number++;
    keys = wallet.keysOfNumber(number);
  }
  const { cold, seed: coldSeed } = makeColdKey(random, realm);
  const authority = { ck: keys.ck.publicKey, cold };
  const chart = chartId(authority, realm);
  const { kind: chartKind, vaults } = parameters;
  const epoch = makeEpoch(0, random);
  const release = dealFor(chart, parameters, connection);
  const changes: WalletChange[] = [
    { kind: 'chartMade', chart, number, chartKind, ...authority, vaults },
    { kind: 'coldKeyMade', chart, cold, seed: coldSeed },
    { kind: 'epochMade', chart, epoch: 0, seed: epoch.seed },
    ...release.changes,
  ];
  return { ...parameters, ...release, chart, keys, authority, epoch, changes };
}

/** Goes on with a chart of which nothing stands in the ledger; its release key is dealt anew. */
function planAgain(
  wallet: Wallet,
  kept: KeptChart,
  parameters: CreateChartParameters,
  connection: Connection,
): ChartPlan {
  const { chart, number, kind: chartKind } = kept;
  const { vaults } = parameters;
  const authority = firstAuthority(kept);
  const epoch = { number: 0, seed: kept.epochs.get(0)! };
  const release = dealFor(chart, parameters, connection);
  const changes: WalletChange[] = [
    { kind: 'chartMade', chart, number, chartKind, ...authority, vaults },
    ...release.changes,
  ];
  const keys = wallet.keysOf(kept, 0);
  return { ...parameters, ...release, chart, keys, authority, epoch, changes };
}

function dealFor(
  chart: ChartId,
  { custodians, threshold }: CreateChartParameters,
  { random, realm }: Connection,
): Pick<ChartPlan, 'dealing' | 'places' | 'changes'> {
  const { length: count } = custodians;
  if (count === 0) return { dealing: undefined, places: [], changes: [] };
  const dealing = deal({ threshold, count }, random, realm.crypto);
  const places = custodians.map((organisation, i) => ({ index: i + 1, organisation }));
  const { secret, commitments } = dealing;
  const changes = [
    { kind: 'releaseDealt', chart, secret, commitments, custodians: places } as const,
  ];
  return { dealing, places, changes };
}

async function publishPlan(wallet: Wallet, plan: ChartPlan, connection: Connection): Promise<void> {
  const { chart, keys, epoch, dealing, vaults } = plan;
  await wallet.record(...plan.changes);
  const kept = wallet.chart(chart);
  if (dealing !== undefined) await dealShares({ ...plan, dealing }, connection);
  const key = wallet.requestKey(kept);
  const announced = wallet.ownerKeys(kept, 0, OWNER_KEYS_AHEAD);
  const sources: Sources = { epoch: 0, sources: [], ownerKeys: announced, previous: null };
  const objects = await putChartObjects(
    { chart, key, vaults, seed: epoch.seed, sources },
    connection,
  );
  const header = firstHeader(plan, objects, connection);
  await putHeaderVersion({ wallet, kept, keys, header }, connection);
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

export interface DealInput {
  readonly authority: { readonly ck: Uint8Array; readonly cold: Digest };
  /** Those who had the chart before; none for a new one. */
  readonly predecessors?: readonly Authority[];
  readonly chart: ChartId;
  readonly dealing: Dealing;
  readonly places: readonly { readonly index: number; readonly organisation: AccountId }[];
  readonly keys: ChartKeys;
}

/** Deals to every custodian and waits for every receipt. */
export async function dealShares(
  { authority, predecessors = [], chart, dealing, places, keys }: DealInput,
  connection: Connection,
): Promise<void> {
  const { realm } = connection;
  const { commitments, shares } = dealing;
  const dealOne = async ({ index, organisation: custodian }: DealInput['places'][number]) => {
    const { custodian: published } = await connection.organisation(custodian);
    if (published === null) throw refuse('ENDPOINT_MISSING', { organisation: toHex(custodian) });
    const custodianKey = realm.crypto.kem.sealingKey(published.sealingKey);
    const share = shares[index - 1]!;
    const input = { authority, predecessors, chart, commitments, index, share, custodian };
    const body = await dealShare({ ...input, custodianKey }, keys.ck, realm);
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
  const roster = makeRoster([], random);
  const padding = paddingOf(roster, []);
  const objects = [
    roster,
    await sealSeeds({ chart, epoch, readers: [], padding }, random, realm),
    await sealSources(sources, seed, random, realm),
  ].map((bytes) => ({ kind: 'object' as const, bytes }));
  const writer = new VaultWriter(vaults, { chart, key }, connection);
  const names = await writer.putObjects(objects);
  writer.requireAll();
  return { roster: names[0]!, seeds: names[1]!, sources: names[2]! };
}
