import { CHART_LIMITS, type ObjectBatch, type SealedUnit, writeUnit } from '@ward/charts';
import { carriedSlot, Slot, signCarriedSlot, slotKey } from '@ward/ledger/schema';
import { ACCOUNT_ID_BYTES, equalBytes, hasCode, toHex } from '@ward/protocol';
import type { ChartView } from '../charts/chart-view.ts';
import { OWNER_KEYS_AHEAD } from '../charts/create-chart.ts';
import { viewOwnChart } from '../charts/publish-header.ts';
import { fetchSources, rotateEpoch } from '../charts/rotate-epoch.ts';
import { missedBy } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { publishGrants } from '../consent/grant.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, type KeptOwnUnit, ownCount } from '../wallet/wallet-state.ts';
import type { AddedUnit, AddProgress, UnitToAdd } from './add-units.ts';

/** The owner is no account; the chart's key signs. */
const OWNER_ACCOUNT = new Uint8Array(ACCOUNT_ID_BYTES);
const OWNER_CREDENTIAL = 'owner';
/** How often a unit is written again because an epoch began under it. */
const ATTEMPTS_MAX = 5;

export interface AddOwnUnitsParameters {
  readonly units: Iterable<UnitToAdd> | AsyncIterable<UnitToAdd>;
  /** As of `AddUnitsParameters`. */
  readonly copies?: number;
  readonly onProgress?: (progress: AddProgress) => void;
}

/**
 * Writes units of the owner's own: each into a one-time slot that the sources object announces. The
 * author is the chart's own key. Adding the same input twice adds nothing twice.
 *
 * @throws WardError `CHART_NOT_OPEN`, `CHART_UNSTEADY`, `COPIES_MISSING`, what vaults and nodes
 * refuse.
 */
export function addOwnUnits(
  wallet: Wallet,
  kept: KeptChart,
  { units, copies = 1, onProgress = () => {} }: AddOwnUnitsParameters,
  connection: Connection,
): Promise<AddedUnit[]> {
  return wallet.inOrder(`write/${toHex(kept.chart)}`, async () => {
    const writer = new OwnUnitWriter(wallet, kept, { connection, copies });
    await writer.settle();
    const known = knownInputs(kept);
    const added: AddedUnit[] = [];
    const progress = { units: 0, records: 0, skipped: 0 };
    for await (const { caption, records: all } of units) {
      const records = all.filter(({ metadata }) => takeNew(known, toHex(metadata.inputDigest)));
      progress.skipped += all.length - records.length;
      if (records.length > 0) {
        added.push(await writer.write({ caption, records }));
        progress.units++;
        progress.records += records.length;
      }
      onProgress({ ...progress });
    }
    return added;
  });
}

function takeNew(known: Set<string>, input: string): boolean {
  const isNew = !known.has(input);
  known.add(input);
  return isNew;
}

/** What stands in the chart; a unit whose slot was never written does not. */
function knownInputs({ ownUnits }: KeptChart): Set<string> {
  const written = ownUnits.filter(({ isWritten }) => isWritten);
  return new Set(written.flatMap(({ inputs }) => inputs.map((each) => toHex(each))));
}

/**
 * Units of one epoch: behind them there would be no place for the keys that are announced ahead.
 */
const UNITS_PER_EPOCH_MAX = CHART_LIMITS.ownerKeysMax - OWNER_KEYS_AHEAD;

/** Writes the owner's units of one chart, one after the other: no place is left empty. */
class OwnUnitWriter {
  readonly #wallet: Wallet;
  readonly #kept: KeptChart;
  readonly #connection: Connection;
  readonly #copies: number;
  /** How many of the owner's keys of an epoch its sources object announces. */
  #announced: { readonly epoch: number; readonly count: number } | undefined;

  constructor(
    wallet: Wallet,
    kept: KeptChart,
    { connection, copies }: { readonly connection: Connection; readonly copies: number },
  ) {
    this.#wallet = wallet;
    this.#kept = kept;
    this.#connection = connection;
    this.#copies = copies;
  }

  /**
   * After a crash: what was planned in the epoch that lasts is carried, else a hole would hide the
   * rest. In an epoch that is over nobody would look for it any more.
   */
  async settle(): Promise<void> {
    const planned = this.#kept.ownUnits.filter(({ isWritten }) => !isWritten);
    if (planned.length === 0) return;
    const { current } = await viewOwnChart(this.#kept, this.#connection);
    for (const unit of planned) {
      const isLasting = unit.epoch === current.header.epoch.number;
      if (isLasting || (await this.#isThere(unit))) await this.#carry(unit);
    }
  }

  async #isThere({ epoch, n, commitment }: KeptOwnUnit): Promise<boolean> {
    const { publicKey } = this.#wallet.ownerSlot(this.#kept, { epoch, n });
    const key = slotKey(carriedSlot(publicKey, this.#wallet.realm));
    const slot = (await this.#connection.prove([key])).record(Slot, key);
    return slot !== null && equalBytes(slot.value, commitment);
  }

  /** Writes one unit; again when an epoch began under it. */
  async write(unit: UnitToAdd): Promise<AddedUnit> {
    const [wallet, kept, connection] = [this.#wallet, this.#kept, this.#connection];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const view = await this.#view();
      const epoch = view.current.header.epoch.number;
      const n = ownCount(kept, epoch);
      await this.#announce(view, n);
      const stored = await storeUnit(
        wallet,
        kept,
        { unit, view, copies: this.#copies },
        connection,
      );
      const { commitment, label, missed } = stored;
      const inputs = unit.records.map(({ metadata }) => metadata.inputDigest);
      const { chart } = kept;
      await wallet.record(...missedBy(missed, chart, [{ kind: 'unit', commitment }]), {
        kind: 'ownUnitPlanned',
        chart,
        epoch,
        n,
        commitment,
        inputs,
      });
      // Another device of the owner's may have been faster: then the next place is taken.
      if (!(await this.#carry(kept.ownUnits.at(-1)!))) continue;
      const { current } = await viewOwnChart(kept, connection);
      if (current.header.epoch.number === epoch) return { label, commitment, epoch, n, missed };
    }
    throw refuse('CHART_UNSTEADY');
  }

  /** The chart as it stands; in a new epoch when the last one is full. */
  async #view(): Promise<ChartView> {
    const [kept, connection] = [this.#kept, this.#connection];
    const view = await viewOwnChart(kept, connection);
    if (ownCount(kept, view.current.header.epoch.number) < UNITS_PER_EPOCH_MAX) return view;
    await rotateEpoch(this.#wallet, kept, connection);
    return viewOwnChart(kept, connection);
  }

  /** Readers walk the keys that are announced: that of a unit is before it is written. */
  async #announce({ current: { header } }: ChartView, n: number): Promise<void> {
    const [kept, connection] = [this.#kept, this.#connection];
    const epoch = header.epoch.number;
    if (this.#announced?.epoch !== epoch) {
      const { ownerKeys } = await fetchSources(kept, header, connection);
      this.#announced = { epoch, count: ownerKeys.length };
    }
    if (n < this.#announced.count) return;
    await publishGrants(this.#wallet, kept, connection);
    this.#announced = undefined;
  }

  async #carry({ epoch, n, commitment: value }: KeptOwnUnit): Promise<boolean> {
    const [wallet, kept] = [this.#wallet, this.#kept];
    const keyPair = wallet.ownerSlot(kept, { epoch, n });
    const slot = signCarriedSlot({ value, keyPair }, wallet.realm);
    try {
      await carry(this.#connection, { chart: kept.chart, slot });
    } catch (error) {
      if (hasCode(error, 'SLOT_TAKEN')) return false;
      throw error;
    }
    await wallet.record({ kind: 'ownUnitWritten', chart: kept.chart, epoch, n });
    return true;
  }
}

async function storeUnit(
  wallet: Wallet,
  kept: KeptChart,
  { unit, view, copies }: { unit: UnitToAdd; view: ChartView; copies: number },
  connection: Connection,
): Promise<SealedUnit & Pick<AddedUnit, 'missed'>> {
  const { random, realm } = connection;
  const key = wallet.requestKey(kept);
  const { chart } = kept;
  const writer = new VaultWriter(view.vaults, { chart, key }, connection, copies);
  const sink = { put: (body: AsyncIterable<Uint8Array>) => writer.upload(body) };
  const keyPair = wallet.keysOf(kept).ck;
  const author = { account: OWNER_ACCOUNT, credential: OWNER_CREDENTIAL, keyPair };
  const input = { ...unit, author, header: view.current.header };
  const sealed = await writeUnit(input, sink, random, realm);
  const objects: ObjectBatch['objects'][number][] = [{ kind: 'manifest', bytes: sealed.manifest }];
  if (sealed.packed !== null) {
    objects.unshift({ kind: 'packed', bodies: sealed.bodies, bytes: sealed.packed });
  }
  await writer.putObjects(objects);
  writer.requireCopies();
  return { ...sealed, missed: writer.missed };
}
