import { type ObjectBatch, type SealedUnit, writeUnit } from '@ward/charts';
import { signCarriedSlot } from '@ward/ledger/schema';
import { ACCOUNT_ID_BYTES, toHex } from '@ward/protocol';
import type { ChartView } from '../charts/chart-view.ts';
import { OWNER_KEYS_AHEAD } from '../charts/create-chart.ts';
import { viewOwnChart } from '../charts/publish-header.ts';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { Vaults } from '../connection/vaults.ts';
import { publishGrants } from '../consent/grant.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { type KeptChart, type KeptOwnUnit, ownCount } from '../wallet/wallet-state.ts';
import type { AddedUnit, AddProgress, UnitToAdd } from './add-units.ts';

/** The owner is no account; the chart's key signs. */
const OWNER_ACCOUNT = new Uint8Array(ACCOUNT_ID_BYTES);
const OWNER_CREDENTIAL = 'owner';

export interface AddOwnUnitsParameters {
  readonly units: Iterable<UnitToAdd> | AsyncIterable<UnitToAdd>;
  readonly onProgress?: (progress: AddProgress) => void;
}

/**
 * Writes units of the owner's own: each into a one-time slot that the sources object announces. The
 * author is the chart's own key. Adding the same input twice adds nothing twice.
 *
 * @throws WardError `CHART_NOT_OPEN`, what vaults and nodes refuse.
 */
export async function addOwnUnits(
  wallet: Wallet,
  kept: KeptChart,
  { units, onProgress = () => {} }: AddOwnUnitsParameters,
  connection: Connection,
): Promise<AddedUnit[]> {
  for (const unit of kept.ownUnits) await carryOwn(wallet, kept, unit, connection);
  const known = new Set(kept.ownUnits.flatMap(({ inputs }) => inputs.map((each) => toHex(each))));
  const added: AddedUnit[] = [];
  const progress = { units: 0, records: 0, skipped: 0 };
  for await (const { caption, records: all } of units) {
    const records = all.filter(({ metadata }) => !known.has(toHex(metadata.inputDigest)));
    for (const { metadata } of records) known.add(toHex(metadata.inputDigest));
    progress.skipped += all.length - records.length;
    if (records.length > 0) {
      added.push(await addOne(wallet, kept, { caption, records }, connection));
      progress.units++;
      progress.records += records.length;
    }
    onProgress({ ...progress });
  }
  return added;
}

/** Writes one unit; again when an epoch began under it. */
async function addOne(
  wallet: Wallet,
  kept: KeptChart,
  unit: UnitToAdd,
  connection: Connection,
): Promise<AddedUnit> {
  const view = await viewOwnChart(kept, connection);
  const epoch = view.current.header.epoch.number;
  const n = ownCount(kept, epoch);
  const { commitment, label } = await storeUnit(wallet, kept, { unit, view }, connection);
  const inputs = unit.records.map(({ metadata }) => metadata.inputDigest);
  const { chart } = kept;
  await wallet.record({ kind: 'ownUnitPlanned', chart, epoch, n, commitment, inputs });
  await carryOwn(wallet, kept, kept.ownUnits.at(-1)!, connection);
  const { current } = await viewOwnChart(kept, connection);
  if (current.header.epoch.number !== epoch) return addOne(wallet, kept, unit, connection);
  // Readers walk the keys that are announced: announce more before they run out.
  if ((n + 1) % OWNER_KEYS_AHEAD === 0) await publishGrants(wallet, kept, connection);
  return { label, commitment, epoch, n };
}

/** Has the slot of a planned unit carried, if that is not done yet: a hole would hide the rest. */
async function carryOwn(
  wallet: Wallet,
  kept: KeptChart,
  unit: KeptOwnUnit,
  connection: Connection,
): Promise<void> {
  if (unit.isWritten) return;
  const { epoch, n, commitment: value } = unit;
  const keyPair = wallet.keysOf(kept).ownerSlot({ epoch, n });
  await carry(connection, signCarriedSlot({ value, keyPair }, wallet.realm));
  await wallet.record({ kind: 'ownUnitWritten', chart: kept.chart, epoch, n });
}

async function storeUnit(
  wallet: Wallet,
  kept: KeptChart,
  { unit, view }: { unit: UnitToAdd; view: ChartView },
  connection: Connection,
): Promise<SealedUnit> {
  const { random, realm } = connection;
  const key = wallet.requestKey(kept);
  const vaults = new Vaults(view.vaults, connection);
  const { chart } = kept;
  const sink = { put: (body: AsyncIterable<Uint8Array>) => vaults.upload({ chart, key }, body) };
  const keyPair = wallet.keysOf(kept).ck;
  const author = { account: OWNER_ACCOUNT, credential: OWNER_CREDENTIAL, keyPair };
  const input = { ...unit, author, header: view.current.header };
  const sealed = await writeUnit(input, sink, random, realm);
  const objects: ObjectBatch['objects'][number][] = [{ kind: 'manifest', bytes: sealed.manifest }];
  if (sealed.packed !== null) {
    objects.unshift({ kind: 'packed', bodies: sealed.bodies, bytes: sealed.packed });
  }
  await vaults.putObjects({ chart, objects, key });
  return sealed;
}
