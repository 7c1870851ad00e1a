import {
  type Grant,
  getHeader,
  isInRoster,
  openSeed,
  openSources,
  parseHeader,
  refuseOpening,
  type Source,
  type Sources,
  sourceDigest,
} from '@ward/charts';
import { callRaw, collectBody, type Digest, equalBytes, toHex } from '@ward/protocol';
import { type ChartView, chartReference, viewChart } from '../charts/chart-view.ts';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { ReceivedGrant } from '../key-service/key-service-state.ts';
import { AccountReader, summarizeUnit, type UnitSummary } from '../records/unit-summary.ts';
import { fetchUnits, ownerRow, type SlotRow, sourceRow, walkRows } from '../records/walk.ts';

/** A granted chart as its grantee may see it now. */
export interface GrantedView extends ChartView {
  readonly grant: Grant;
  readonly roster: Uint8Array;
}

/**
 * The chart of a grant as it stands; the grant is still in its roster.
 *
 * @throws WardError `GRANT_UNKNOWN`, `GRANT_REVOKED`, `HEADER_WITHHELD`.
 */
export async function viewGranted(
  service: KeyService,
  leaf: Digest,
  connection: Connection,
): Promise<GrantedView> {
  const { envelope, grant } = service.grant(leaf);
  const view = await viewChart(chartReference(envelope, envelope.vaults, connection), connection);
  const roster = await new Vaults(view.vaults, connection).object(view.current.header.roster);
  if (roster === undefined || !isInRoster(roster, leaf)) throw refuseOpening('GRANT_REVOKED');
  return { ...view, grant, roster };
}

/**
 * Learns the seeds of epochs that began after the grant was made: each header of a new epoch names
 * an object in which the seed is sealed to the readers that stayed.
 */
export async function learnSeeds(
  service: KeyService,
  granted: ReceivedGrant,
  view: ChartView,
  connection: Connection,
): Promise<void> {
  const newest = Math.max(-1, ...granted.seeds.keys());
  const vaults = new Vaults(view.vaults, connection);
  let { header } = view.current;
  while (header.epoch.number > newest) {
    const { number: epoch } = header.epoch;
    if (!granted.seeds.has(epoch)) {
      const object = await vaults.object(header.seeds);
      const place = { chart: granted.chart, epoch, leaf: granted.leaf };
      const seed = object && (await openSeed(object, place, service.sealingKey, service.realm));
      // A reader that an epoch leaves out learns nothing of it: its units stay sealed.
      if (seed !== undefined)
        await service.record({ kind: 'seedLearned', leaf: granted.leaf, epoch, seed });
    }
    const before = await headerBefore(header.version, view, connection);
    if (before === undefined) return;
    header = before;
  }
}

/** The header with the version before this one, from any vault. */
async function headerBefore(version: number, { chart, vaults }: ChartView, connection: Connection) {
  if (version === 0) return undefined;
  const found = await new Vaults(vaults, connection).each(async ({ transport }) => {
    const request = { params: { chart }, query: { version: version - 1 }, body: null };
    const bytes = await collectBody(await callRaw(getHeader, request, transport), 256 * 1024);
    return parseHeader(bytes ?? new Uint8Array(0), chart, connection.realm).header;
  });
  return found.find((header) => header.version === version - 1);
}

/** A source of a chart, as far as a grantee may walk it. */
interface KnownSource {
  readonly epoch: number;
  readonly organisation: Uint8Array | null;
  readonly row: SlotRow;
}

/**
 * Every unit that the grant's seeds reach, with captions and authors: what the grantee may ask for.
 * A source that was closed with a count is walked to just that count.
 *
 * @throws WardError as {@link viewGranted}; `SOURCES_INVALID`.
 */
export async function listGrantedUnits(
  service: KeyService,
  leaf: Digest,
  connection: Connection,
): Promise<UnitSummary[]> {
  const view = await viewGranted(service, leaf, connection);
  const granted = service.grant(leaf);
  await learnSeeds(service, granted, view, connection);
  const sources = await knownSources(granted, view, connection);
  const walked = await walkRows(
    sources.map(({ row }) => row),
    connection,
  );
  const vaults = new Vaults(view.vaults, connection);
  const accounts = new AccountReader(connection);
  const summaries: UnitSummary[] = [];
  for (const [i, { epoch, organisation }] of sources.entries()) {
    const epochKey = service.epochKey(granted.seeds.get(epoch)!);
    const place = {
      chart: granted.chart,
      epoch,
      epochKey,
      organisation,
      isUnsolicited: false,
      owners: ownersOf(view),
      isErased: erasedCheck(view),
    };
    for (const unit of await fetchUnits(walked[i]!.slots, vaults, connection)) {
      summaries.push(await summarizeUnit(unit, place, accounts, connection));
    }
  }
  const { units } = view.grant;
  const isGranted = ({ label }: UnitSummary) =>
    units === null || (label !== undefined && units.some((each) => equalBytes(each, label)));
  return summaries.filter(isGranted).sort((a, b) => a.time - b.time || a.n - b.n);
}

function ownersOf({ current }: ChartView): Uint8Array[] {
  const { authority, predecessors } = current.header;
  return [authority, ...predecessors].map(({ ck }) => ck);
}

function erasedCheck({ current }: ChartView): (label: Digest) => boolean {
  const { erased } = current.header;
  const labels = new Set(erased.kind === 'inline' ? erased.labels.map(toHex) : []);
  return (label) => labels.has(toHex(label));
}

/** Walks back from the current sources object through those of the epochs before. */
async function knownSources(
  granted: ReceivedGrant,
  view: ChartView,
  connection: Connection,
): Promise<KnownSource[]> {
  const { header } = view.current;
  const vaults = new Vaults(view.vaults, connection);
  const known: KnownSource[] = [];
  let name: Digest = header.sources;
  let later: Sources['previous'] = null;
  for (let epoch = header.epoch.number; epoch >= 0; epoch--) {
    const seed = granted.seeds.get(epoch);
    if (seed === undefined) return known;
    const object = await vaults.object(name);
    if (object === undefined) throw refuseOpening('CHART_SUPERSEDED');
    const sources = await openSources(object, { seed, epoch }, connection.realm);
    known.push(...rowsOf(sources, later, connection));
    if (sources.previous === null) return known;
    later = sources.previous;
    name = later.object;
  }
  return known;
}

function rowsOf(
  { epoch, sources, ownerKeys }: Sources,
  closed: Sources['previous'],
  connection: Connection,
): KnownSource[] {
  const countOf = (source: Source): number | undefined => {
    const digest = sourceDigest(source, connection.realm);
    return closed?.closed.find((each) => equalBytes(each.source, digest))?.count;
  };
  const rows: KnownSource[] = sources.map((source) => ({
    epoch,
    organisation: source.organisation,
    row: upTo(sourceRow(source, connection), closed === null ? undefined : (countOf(source) ?? 0)),
  }));
  const own = ownerRow(ownerKeys, connection);
  rows.push({ epoch, organisation: null, row: upTo(own, closed?.ownerCount) });
  return rows;
}

/** A row that ends where its source was closed. */
function upTo(row: SlotRow, count: number | undefined): SlotRow {
  if (count === undefined) return row;
  return { slotAt: (n) => (n < count ? row.slotAt(n) : undefined) };
}
