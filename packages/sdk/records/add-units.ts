import {
  type Caption,
  currentRelease,
  type ObjectBatch,
  postNotice,
  type RecordInput,
  releaseKey,
  type SealedUnit,
  sealNotice,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  type Digest,
  equalBytes,
  toHex,
} from '@ward/protocol';
import { type CaughtUp, catchUp } from '../charts/catch-up.ts';
import { type ChartView, chartReference, viewChart } from '../charts/chart-view.ts';
import { missedBy } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { requestSigner, Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import { nextPlace, type PlannedUnits } from '../key-service/key-service-state.ts';
import { abandon, commitPlanned, settlePlanned } from './commit-units.ts';

/** A unit that is to be written: one document or encounter. */
export interface UnitToAdd {
  readonly caption: Caption;
  /** At least one; those whose input is in the chart already are left out. */
  readonly records: readonly RecordInput[];
}

export interface AddUnitsParameters {
  readonly chart: ChartId;
  readonly units: Iterable<UnitToAdd> | AsyncIterable<UnitToAdd>;
  /**
   * How many vaults of the chart have to hold a unit whole before its slot is written; one when
   * left out. The others take it when they are back.
   */
  readonly copies?: number;
  /** The person or device that writes, in the organisation's words. */
  readonly credential: string;
  readonly onProgress?: (progress: AddProgress) => void;
}

export interface AddProgress {
  readonly units: number;
  readonly records: number;
  /** Records that were there already. */
  readonly skipped: number;
}

/** A unit that stands in the ledger. */
export interface AddedUnit {
  readonly label: Digest;
  readonly commitment: Digest;
  readonly epoch: number;
  readonly n: number;
  /** Vaults that were away: they do not have it yet, and take it when they are back. */
  readonly missed: readonly AccountId[];
}

/** One round of writing takes so many units, or bytes of bodies. */
const BATCH_UNITS_MAX = 200;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** How often a batch is written again because the header changed under it. */
const ATTEMPTS_MAX = 5;

/**
 * Writes units into a chart of which the organisation has a card. The owner may be offline. Adding
 * the same input twice adds nothing twice.
 *
 * @returns The units that were added, in order.
 * @throws WardError `CARD_UNKNOWN`, `CHART_NOT_OPEN`, `COPIES_MISSING`, `CHART_UNSTEADY`,
 * `HEADER_WITHHELD`, what
 * vaults and nodes refuse.
 */
export function addUnits(
  service: KeyService,
  parameters: AddUnitsParameters,
  connection: Connection,
): Promise<AddedUnit[]> {
  const { chart, units, onProgress = () => {} } = parameters;
  return service.inOrder(`write/${toHex(chart)}`, async () => {
    await settlePlanned(service, chart, connection);
    await catchUpUnits(service, chart, connection);
    const writer = new UnitWriter(service, parameters, connection);
    let progress: AddProgress = { units: 0, records: 0, skipped: 0 };
    const added: AddedUnit[] = [];
    for await (const batch of batches(units)) {
      const { fresh, skipped } = withoutKnown(service, chart, batch);
      added.push(...(fresh.length === 0 ? [] : await writer.write(fresh)));
      const records = fresh.reduce((sum, unit) => sum + unit.records.length, 0);
      progress = {
        units: progress.units + fresh.length,
        records: progress.records + records,
        skipped: progress.skipped + skipped,
      };
      onProgress(progress);
    }
    if (added.length > 0) await writer.knock(added.at(-1)!);
    return added;
  });
}

/** Brings the vaults of a chart the units that they missed; new ones do so first. */
export function catchUpUnits(
  keeper: KeyService,
  chart: ChartId,
  connection: Connection,
): Promise<CaughtUp> {
  const { vaults } = keeper.card(chart);
  const input = { keeper, reference: { chart, vaults }, key: keeper.requestKey };
  return catchUp(input, connection);
}

async function* batches(
  units: Iterable<UnitToAdd> | AsyncIterable<UnitToAdd>,
): AsyncGenerator<UnitToAdd[]> {
  let batch: UnitToAdd[] = [];
  let size = 0;
  for await (const unit of units) {
    batch.push(unit);
    size += unit.records.reduce((sum, { metadata }) => sum + metadata.sizeBytes, 0);
    if (batch.length < BATCH_UNITS_MAX && size < BATCH_BYTES_MAX) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Leaves out records whose input stands in the chart, or earlier in the batch. */
function withoutKnown(
  service: KeyService,
  chart: ChartId,
  batch: readonly UnitToAdd[],
): { fresh: UnitToAdd[]; skipped: number } {
  const known = service.state.inputs.get(toHex(chart));
  const seen = new Set<string>();
  let skipped = 0;
  const fresh: UnitToAdd[] = [];
  for (const unit of batch) {
    const records = unit.records.filter(({ metadata }) => {
      const input = toHex(metadata.inputDigest);
      const isKnown = seen.has(input) || known?.has(input) === true;
      seen.add(input);
      return !isKnown;
    });
    skipped += unit.records.length - records.length;
    if (records.length > 0) fresh.push({ ...unit, records });
  }
  return { fresh, skipped };
}

/** Seals, stores and commits batches of one chart. */
class UnitWriter {
  readonly #service: KeyService;
  readonly #parameters: AddUnitsParameters;
  readonly #connection: Connection;
  #view: ChartView | undefined;

  constructor(service: KeyService, parameters: AddUnitsParameters, connection: Connection) {
    this.#service = service;
    this.#parameters = parameters;
    this.#connection = connection;
  }

  async #fetchView(): Promise<ChartView> {
    const card = this.#service.card(this.#parameters.chart);
    this.#view = await viewChart(
      chartReference(card, card.vaults, this.#connection),
      this.#connection,
    );
    return this.#view;
  }

  /** Writes a batch; again under the new header when it changed meanwhile. */
  async write(units: readonly UnitToAdd[]): Promise<AddedUnit[]> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const view = this.#view ?? (await this.#fetchView());
      const { chart } = this.#parameters;
      const key = this.#service.requestKey;
      const { copies } = this.#parameters;
      const writer = new VaultWriter(view.vaults, { chart, key }, this.#connection, copies);
      const sealed = await this.#seal(units, view, writer);
      await store(sealed, writer);
      writer.requireCopies();
      const { missed } = writer;
      const tasks = sealed.map(({ commitment }) => ({ kind: 'unit' as const, commitment }));
      await this.#service.record(...missedBy(missed, chart, tasks));
      const { epoch, firstN } = await this.#commit(units, sealed, view);
      const isCurrent = isSameTarget(view, await this.#fetchView());
      const end = firstN + sealed.length;
      if (!isCurrent) await abandon(this.#service, { chart, epoch, firstN }, end);
      else await this.#service.record({ kind: 'unitsWritten', chart, epoch, firstN });
      if (isCurrent) {
        return sealed.map(({ label, commitment }, i) => ({
          ...{ label, commitment, epoch, missed },
          n: firstN + i,
        }));
      }
    }
    throw refuse('CHART_UNSTEADY');
  }

  /** Takes places for sealed units; others where a restored key service named taken ones. */
  async #commit(
    units: readonly UnitToAdd[],
    sealed: readonly SealedUnit[],
    view: ChartView,
  ): Promise<PlannedUnits> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const planned = await this.#plan(units, sealed, view);
      const taken = await commitPlanned(this.#service, planned, this.#connection);
      if (taken === undefined) return planned;
      await abandon(this.#service, planned, taken);
    }
    throw refuse('CHART_UNSTEADY');
  }

  #seal(
    units: readonly UnitToAdd[],
    { current }: ChartView,
    writer: VaultWriter,
  ): Promise<SealedUnit[]> {
    const { account, serviceKey: keyPair } = this.#service;
    const author = { account, credential: this.#parameters.credential, keyPair };
    const sink = { put: (body: AsyncIterable<Uint8Array>) => writer.upload(body) };
    return this.#connection.sealUnits({ units, author, header: current.header }, sink);
  }

  async #plan(
    units: readonly UnitToAdd[],
    sealed: readonly SealedUnit[],
    { chart, current }: ChartView,
  ): Promise<PlannedUnits> {
    const epoch = current.header.epoch.number;
    const firstN = nextPlace(this.#service.state, chart, epoch);
    const planned = sealed.map(({ commitment, label }, i) => ({
      commitment,
      label,
      inputs: units[i]!.records.map(({ metadata }) => metadata.inputDigest),
    }));
    await this.#service.record({ kind: 'unitsPlanned', chart, epoch, firstN, units: planned });
    return { chart, epoch, firstN, units: planned, state: 'planned' };
  }

  /** Leaves a hint in the mailbox; the walk of the slots is the proof, so a failure is none. */
  async knock({ epoch, n }: AddedUnit): Promise<void> {
    const { chart, current } = this.#view!;
    const { account: organisation, realm, requestKey: key } = this.#service;
    const { recipient } = this.#service.card(chart);
    const notice = { kind: 'knock' as const, organisation, recipient, epoch, n };
    const mailbox = realm.crypto.kem.sealingKey(current.header.mailboxKey);
    const time = this.#connection.now();
    const sealed = await sealNotice({ time, notice }, { chart, key: mailbox }, realm);
    await new Vaults(current.header.vaults, this.#connection).all(async (vault) => {
      const sign = requestSigner(this.#connection, { audience: vault.organisation, key });
      const request = { params: { chart }, query: {}, body: sealed, sign };
      await callEndpoint(postNotice, request, vault.transport);
    });
  }
}

/** Stores what is sealed and not stored yet. */
async function store(sealed: readonly SealedUnit[], writer: VaultWriter): Promise<void> {
  // Bodies are asked for together, and manifests are: they stand together too.
  const objects: ObjectBatch['objects'] = [
    ...sealed.flatMap(({ packed: bytes, bodies }) =>
      bytes === null ? [] : [{ kind: 'packed' as const, bodies, bytes }],
    ),
    ...sealed.map(({ manifest: bytes }) => ({ kind: 'manifest' as const, bytes })),
  ];
  for (const page of pages(objects)) await writer.putObjects(page);
}

/** Objects in requests of a bearable size. */
function* pages(objects: ObjectBatch['objects']): Generator<ObjectBatch['objects']> {
  let page: ObjectBatch['objects'][number][] = [];
  let size = 0;
  for (const object of objects) {
    if (
      page.length > 0 &&
      (size + object.bytes.length > 2 * BATCH_BYTES_MAX || page.length >= 1000)
    ) {
      yield page;
      page = [];
      size = 0;
    }
    page.push(object);
    size += object.bytes.length;
  }
  if (page.length > 0) yield page;
}

/** A unit that was sealed for one header stands under the other as well. */
function isSameTarget(a: ChartView, b: ChartView): boolean {
  const [one, other] = [a.current.header, b.current.header];
  const [p, q] = [currentRelease(one), currentRelease(other)];
  const isSameKey =
    p === undefined || q === undefined ? p === q : equalBytes(releaseKey(p), releaseKey(q));
  return other.state === 'open' && one.epoch.number === other.epoch.number && isSameKey;
}
