import {
  type ChartHeader,
  type Grant,
  isInRoster,
  openSeed,
  openSources,
  refuseOpening,
  type Source,
  type Sources,
  sourceDigest,
} from '@ward/charts';
import { type Digest, equalBytes, hasCode, toHex } from '@ward/protocol';
import { type ChartView, chartReference, fetchHeaders, viewChart } from '../charts/chart-view.ts';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { KeyServiceChange } from '../key-service/key-service-events.ts';
import type { ReceivedGrant } from '../key-service/key-service-state.ts';
import { AccountReader, summarizeUnit, type UnitSummary } from '../records/unit-summary.ts';
import {
  type FetchedUnit,
  fetchUnits,
  ownerRow,
  type SlotRow,
  sourceRow,
  walkRows,
} from '../records/walk.ts';
import { erasedLabels } from './erased-absences.ts';
import { recallView, rememberView } from './remembered-views.ts';

/** A granted chart as its grantee may see it now. */
export interface GrantedView extends ChartView {
  readonly grant: Grant;
  readonly roster: Uint8Array;
}

/**
 * The chart of a grant as it stands; the grant is still in its roster.
 *
 * @throws WardError `GRANT_UNKNOWN`, `GRANT_REVOKED`, `HEADER_WITHHELD`, `OBJECT_WITHHELD`.
 */
export async function viewGranted(
  service: KeyService,
  leaf: Digest,
  connection: Connection,
): Promise<GrantedView> {
  const { envelope, grant, chart } = service.grant(leaf);
  const known = await recallView(leaf, connection);
  if (known !== undefined) return { chart, vaults: known.current.header.vaults, ...known, grant };
  const view = await viewChart(chartReference(envelope, envelope.vaults, connection), connection);
  const roster = await new Vaults(view.vaults, connection).object(view.current.header.roster);
  if (!isInRoster(roster, leaf)) throw refuseOpening('GRANT_REVOKED');
  rememberView(leaf, { current: view.current, roster }, connection);
  return { ...view, grant, roster };
}

/**
 * Learns the seeds of epochs that began after the grant was made: each header of a new epoch names
 * an object in which the seed is sealed to the readers that stayed.
 *
 * @throws WardError `HEADER_WITHHELD`, `OBJECT_WITHHELD` where the vaults withhold one of them.
 */
export async function learnSeeds(
  service: KeyService,
  granted: ReceivedGrant,
  view: ChartView,
  connection: Connection,
): Promise<void> {
  const newest = Math.max(-1, ...granted.seeds.keys());
  const vaults = new Vaults(view.vaults, connection);
  const learned: SeedLearned[] = [];
  for (const header of await headersByEpoch(view, newest, connection)) {
    const { number: epoch } = header.epoch;
    const object = await vaults.object(header.seeds);
    const place = { chart: granted.chart, epoch, leaf: granted.leaf };
    const seed = await openSeed(object, place, service.sealingKey, service.realm);
    // A reader that an epoch leaves out learns nothing of it: its units stay sealed.
    if (seed !== undefined) learned.push({ kind: 'seedLearned', leaf: granted.leaf, epoch, seed });
  }
  await service.record(...learned);
}

type SeedLearned = Extract<KeyServiceChange, { kind: 'seedLearned' }>;

/**
 * One header of each epoch behind the newest that is known, oldest first: if a crash keeps some
 * from being recorded, it is the newest ones. Epochs only grow from version to version, so most
 * versions need not be looked at.
 */
async function headersByEpoch(
  view: ChartView,
  newest: number,
  connection: Connection,
): Promise<ChartHeader[]> {
  const { header: current } = view.current;
  const found = new Map<number, ChartHeader>();
  // Without a header between, nobody can say which epochs there were: a short list would be a lie.
  const fetch = async (version: number): Promise<ChartHeader> => {
    const headers = await fetchHeaders(view, connection, { version });
    const wanted = headers.find(({ header }) => header.version === version);
    if (wanted === undefined) throw refuse('HEADER_WITHHELD');
    return wanted.header;
  };
  const note = (header: ChartHeader) => {
    if (header.epoch.number > newest) found.set(header.epoch.number, header);
  };
  note(current);
  const first = current.version === 0 ? undefined : await fetch(0);
  if (first !== undefined) note(first);
  const spans = first === undefined ? [] : [{ low: first, high: current }];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const { low, high } = span;
    const isCovered = high.epoch.number - Math.max(low.epoch.number, newest) <= 1;
    if (isCovered || high.version - low.version <= 1) continue;
    const middle = await fetch(Math.floor((low.version + high.version) / 2));
    note(middle);
    spans.push({ low, high: middle }, { low: middle, high });
  }
  return [...found.values()].sort((a, b) => a.epoch.number - b.epoch.number);
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
  const erased = new Set((await erasedLabels(view, connection)).map((label) => toHex(label)));
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
      isErased: ({ parsed }: FetchedUnit) =>
        parsed !== undefined && erased.has(toHex(parsed.label)),
    };
    for (const unit of await fetchUnits(walked[i]!.slots, vaults, connection)) {
      summaries.push(await summarizeUnit(unit, place, accounts, connection));
    }
  }
  const { units } = view.grant;
  const isGranted = ({ label }: UnitSummary) =>
    units === null || (label !== undefined && units.some((each) => equalBytes(each, label)));
  return summaries
    .filter(isGranted)
    .sort((a, b) => a.time - b.time || a.epoch - b.epoch || a.n - b.n);
}

function ownersOf({ current }: ChartView): Uint8Array[] {
  const { authority, predecessors } = current.header;
  return [authority, ...predecessors].map(({ ck }) => ck);
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
  let later: Sources['previous'] = null;
  for (let name = header.sources, epoch = header.epoch.number; ; ) {
    const object = await vaults.object(name);
    const sources = await openNewest(object, { granted, upTo: epoch }, connection);
    if (sources === undefined) return known;
    known.push(...rowsOf(sources, later, connection));
    if (sources.previous === null) return known;
    later = sources.previous;
    name = later.object;
    epoch = sources.epoch - 1;
  }
}

/**
 * A list of sources under the newest seed that opens it: after a theft an epoch may be missing
 * between two. Undefined where the grant does not reach back so far.
 */
async function openNewest(
  object: Uint8Array,
  { granted, upTo }: { granted: ReceivedGrant; upTo: number },
  { realm }: Connection,
): Promise<Sources | undefined> {
  const epochs = [...granted.seeds.keys()].filter((epoch) => epoch <= upTo);
  for (const epoch of epochs.sort((a, b) => b - a)) {
    try {
      return await openSources(object, { seed: granted.seeds.get(epoch)!, epoch }, realm);
    } catch (error) {
      if (!hasCode(error, 'SOURCES_INVALID')) throw error;
    }
  }
  return undefined;
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
