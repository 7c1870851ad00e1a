import {
  type ChartHeader,
  epochKey,
  makeEpoch,
  openSources,
  refuseChart,
  type Sources,
  sourceDigest,
  type VerifiedHeader,
} from '@ward/charts';
import { equalBytes, hasCode } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import { ownerRow, sourceRow, walkRows } from '../records/walk.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, newestEpoch } from '../wallet/wallet-state.ts';
import { type ObjectsInput, putRoster, putSeeds, putSources, sourcesOf } from './chart-objects.ts';
import { fetchHeaders } from './chart-view.ts';
import { publishHeader, viewOwnChart } from './publish-header.ts';

export interface RotateOptions {
  /** After a theft: what the header says of readers and writers may be the thief's. */
  readonly isAfterTheft?: boolean;
}

/**
 * Starts a new epoch: what is written from now on is sealed to a key that only those hold who are
 * granted now. It also drops expired grants from the roster. The old epoch's sources are closed
 * with their counts; a unit that slips in meanwhile is counted by a second header.
 *
 * @returns The header that began the epoch.
 * @throws WardError `EPOCH_UNKNOWN` where another device began the last one, what vaults and nodes
 * refuse.
 */
export async function rotateEpoch(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
  { isAfterTheft = false }: RotateOptions = {},
): Promise<VerifiedHeader> {
  const { chart } = kept;
  await publishHeader(
    wallet,
    kept,
    async (current) => {
      const number = Math.max(newestEpoch(kept), current.epoch.number) + 1;
      const epoch = makeEpoch(number, wallet.random);
      const previous = await closeEpoch({ wallet, kept, current }, { isAfterTheft }, connection);
      await wallet.record({ kind: 'epochMade', chart, epoch: number, seed: epoch.seed });
      const input = { wallet, kept, current };
      const sources = sourcesOf({ wallet, kept, epoch: number }, previous);
      const roster = await putRoster(input, { isAfterTheft }, connection);
      const { bytes } = epochKey(epoch.seed, connection.realm).sealingKey;
      return {
        epoch: { number, sealingKey: bytes },
        roster: roster.name,
        seeds: await putSeeds(input, { epoch, padding: roster.padding }, connection),
        sources: await putSources(input, sources, connection),
      };
    },
    connection,
  );
  await finishRotation(wallet, kept, connection);
  return (await viewOwnChart(kept, connection)).current;
}

/**
 * Counts the closed epoch again, now that nobody writes in it, and corrects its list if needed.
 * What a crash kept from that is done before the next change.
 */
export async function finishRotation(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<void> {
  if (kept.countedEpoch >= newestEpoch(kept)) return;
  const { current } = await viewOwnChart(kept, connection);
  const { number: epoch } = current.header.epoch;
  if (epoch > kept.countedEpoch) await recount(wallet, kept, current.header, connection);
  await wallet.record({ kind: 'epochCounted', chart: kept.chart, epoch });
}

/**
 * The sources object that a header names, opened with the seed of its epoch.
 *
 * @throws WardError `EPOCH_UNKNOWN`, `SOURCES_INVALID`.
 */
export async function fetchSources(
  kept: KeptChart,
  header: ChartHeader,
  connection: Connection,
): Promise<Sources> {
  const { number, sealingKey } = header.epoch;
  const seed = kept.epochs.get(number);
  // Of two devices that began an epoch of this number one was faster, and it may be the other.
  const isOwn =
    seed !== undefined && equalBytes(epochKey(seed, connection.realm).sealingKey.bytes, sealingKey);
  if (!isOwn) throw refuse('EPOCH_UNKNOWN', { epoch: number });
  const object = await new Vaults(kept.vaults, connection).object(header.sources);
  return openSources(object, { seed, epoch: number }, connection.realm);
}

/**
 * The end of the epoch of a header. After a theft the thief's epochs, whose seeds the owner does
 * not have, are passed over: the list goes on with the last one that is the owner's.
 */
async function closeEpoch(
  input: ObjectsInput,
  { isAfterTheft }: Required<RotateOptions>,
  connection: Connection,
): Promise<Sources['previous']> {
  let current = input.current;
  for (;;) {
    try {
      return await closeOwn({ ...input, current }, connection);
    } catch (error) {
      const isForeign = hasCode(error, 'EPOCH_UNKNOWN') || hasCode(error, 'SOURCES_INVALID');
      if (!isAfterTheft || !isForeign) throw error;
    }
    const wanted: number = current.version - 1;
    if (wanted < 0) return null;
    const headers = await fetchHeaders(input.kept, connection, { version: wanted });
    const before = headers.find(({ header: { version } }) => version === wanted);
    if (before === undefined) return null;
    current = before.header;
  }
}

/** Closes an epoch with all of its sources, those too that no header of it has named yet. */
async function closeOwn(
  { wallet, kept, current }: ObjectsInput,
  connection: Connection,
): Promise<NonNullable<Sources['previous']>> {
  const named = await fetchSources(kept, current, connection);
  const all = sourcesOf({ wallet, kept, epoch: named.epoch }, named.previous);
  if (all.sources.length === named.sources.length) return closeSources(current, named, connection);
  const sources = await putSources({ wallet, kept, current }, all, connection);
  return closeSources({ sources }, all, connection);
}

/** What the sources of an epoch came to, as the ledger proves it now. */
async function closeSources(
  header: Pick<ChartHeader, 'sources'>,
  sources: Sources,
  connection: Connection,
): Promise<NonNullable<Sources['previous']>> {
  const rows = sources.sources.map((source) => sourceRow(source, connection));
  const own = ownerRow(sources.ownerKeys, connection);
  const counts = (await walkRows([...rows, own], connection)).map(({ slots }) => slots.length);
  const closed = sources.sources.map((source, i) => ({
    source: sourceDigest(source, connection.realm),
    count: counts[i]!,
  }));
  return { object: header.sources, closed, ownerCount: counts.at(-1)! };
}

/** Publishes the counts of the epoch before the header's, where they are more than it says. */
async function recount(
  wallet: Wallet,
  kept: KeptChart,
  header: ChartHeader,
  connection: Connection,
): Promise<void> {
  const sources = await fetchSources(kept, header, connection);
  const counted = sources.previous;
  if (counted === null) return;
  const closed = await openClosed(kept, { ...sources, previous: counted }, connection);
  const previous = await closeSources({ sources: counted.object }, closed, connection);
  const isSame =
    previous.ownerCount === counted.ownerCount &&
    previous.closed.every(({ count }, i) => count === counted.closed[i]?.count);
  if (isSame) return;
  await publishHeader(
    wallet,
    kept,
    async (current) => {
      const corrected = { ...(await fetchSources(kept, current, connection)), previous };
      return { sources: await putSources({ wallet, kept, current }, corrected, connection) };
    },
    connection,
  );
}

/** The sources that a list closes: those of the epoch before, or of one before that. */
async function openClosed(
  kept: KeptChart,
  { epoch, previous }: Sources & { readonly previous: NonNullable<Sources['previous']> },
  connection: Connection,
): Promise<Sources> {
  const object = await new Vaults(kept.vaults, connection).object(previous.object);
  for (let at = epoch - 1; at >= 0; at--) {
    const seed = kept.epochs.get(at);
    if (seed === undefined) continue;
    try {
      return await openSources(object, { seed, epoch: at }, connection.realm);
    } catch (error) {
      if (!hasCode(error, 'SOURCES_INVALID')) throw error;
    }
  }
  throw refuseChart('SOURCES_INVALID');
}
