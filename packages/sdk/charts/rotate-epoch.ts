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
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { ownerRow, sourceRow, walkRows } from '../records/walk.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, newestEpoch } from '../wallet/wallet-state.ts';
import { putRoster, putSeeds, putSources, sourcesOf } from './chart-objects.ts';
import { publishHeader } from './publish-header.ts';

/**
 * Starts a new epoch: what is written from now on is sealed to a key that only those hold who are
 * granted now. It also drops expired grants from the roster. The old epoch's sources are closed
 * with their counts; a unit that slips in meanwhile is counted by a second header.
 *
 * @returns The header that began the epoch.
 * @throws WardError what vaults and nodes refuse.
 */
export async function rotateEpoch(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<VerifiedHeader> {
  const { chart } = kept;
  let closedSources: Sources | undefined;
  const header = await publishHeader(
    wallet,
    kept,
    async (current) => {
      const epoch = makeEpoch(Math.max(newestEpoch(kept), current.epoch.number) + 1, wallet.random);
      closedSources = await fetchSources(kept, current, connection);
      const previous = await closeSources(current, closedSources, connection);
      await wallet.record({ kind: 'epochMade', chart, epoch: epoch.number, seed: epoch.seed });
      const input = { wallet, kept, current };
      const sources = sourcesOf({ wallet, kept, epoch: epoch.number }, previous);
      const { bytes } = epochKey(epoch.seed, connection.realm).sealingKey;
      return {
        epoch: { number: epoch.number, sealingKey: bytes },
        roster: await putRoster(input, connection),
        seeds: await putSeeds(input, epoch, connection),
        sources: await putSources(input, sources, connection),
      };
    },
    connection,
  );
  await recount({ wallet, kept, header: header.header, closed: closedSources! }, connection);
  return header;
}

/** The sources object that a header names, opened with the seed of its epoch. */
export async function fetchSources(
  kept: KeptChart,
  header: ChartHeader,
  connection: Connection,
): Promise<Sources> {
  const object = await new Vaults(header.vaults, connection).object(header.sources);
  const seed = kept.epochs.get(header.epoch.number);
  if (object === undefined || seed === undefined) throw refuseChart('SOURCES_INVALID');
  return openSources(object, { seed, epoch: header.epoch.number }, connection.realm);
}

/** What the sources of an epoch came to, as the ledger proves it now. */
async function closeSources(
  header: ChartHeader,
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

interface Recount {
  readonly wallet: Wallet;
  readonly kept: KeptChart;
  readonly header: ChartHeader;
  readonly closed: Sources;
}

/** Counts the closed epoch again, now that nobody writes in it, and corrects its list if needed. */
async function recount(
  { wallet, kept, header, closed }: Recount,
  connection: Connection,
): Promise<void> {
  const sources = await fetchSources(kept, header, connection);
  const counted = sources.previous;
  if (counted === null) return;
  const previous = await closeSources({ ...header, sources: counted.object }, closed, connection);
  const isSame =
    previous.ownerCount === counted.ownerCount &&
    previous.closed.every(({ count }, i) => count === counted.closed[i]?.count);
  if (isSame) return;
  const corrected = { ...sources, previous };
  await publishHeader(
    wallet,
    kept,
    async (current) => ({
      sources: await putSources({ wallet, kept, current }, corrected, connection),
    }),
    connection,
  );
}
