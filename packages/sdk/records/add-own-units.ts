import { type ObjectBatch, type SealedUnit, writeUnit } from '@ward/charts';
import { signCarriedSlot } from '@ward/ledger/schema';
import type { ChartView } from '../charts/chart-view.ts';
import { OWNER_KEYS_AHEAD } from '../charts/create-chart.ts';
import { viewOwnChart } from '../charts/publish-header.ts';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { Vaults } from '../connection/vaults.ts';
import { publishGrants } from '../consent/grant.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import type { AddedUnit, AddProgress, UnitToAdd } from './add-units.ts';

const ACCOUNT_NONE = new Uint8Array(16);
const CREDENTIAL = 'owner';

/**
 * Writes units of the owner's own: each into a one-time slot that the sources object announces. The
 * author is the chart's own key.
 *
 * @throws WardError `CHART_NOT_OPEN`, what vaults and nodes refuse.
 */
export async function addOwnUnits(
  wallet: Wallet,
  kept: KeptChart,
  {
    units,
    onProgress = () => {},
  }: {
    readonly units: Iterable<UnitToAdd> | AsyncIterable<UnitToAdd>;
    readonly onProgress?: (progress: AddProgress) => void;
  },
  connection: Connection,
): Promise<AddedUnit[]> {
  const added: AddedUnit[] = [];
  const progress = { units: 0, records: 0, skipped: 0 };
  let view = await viewOwnChart(kept, connection);
  for await (const unit of units) {
    const epoch = view.current.header.epoch.number;
    const n = kept.ownUnits.get(epoch) ?? 0;
    const sealed = await storeUnit(wallet, kept, { unit, view }, connection);
    await wallet.record({ kind: 'ownUnitWritten', chart: kept.chart, epoch, n });
    const keyPair = wallet.keysOf(kept).ownerSlot({ epoch, n });
    await carry(connection, signCarriedSlot({ value: sealed.commitment, keyPair }, wallet.realm));
    added.push({ label: sealed.label, commitment: sealed.commitment, epoch, n });
    progress.units++;
    progress.records += unit.records.length;
    onProgress({ ...progress });
    if ((n + 1) % OWNER_KEYS_AHEAD === 0) {
      // Readers walk the keys that are announced: announce more before they run out.
      await publishGrants(wallet, kept, connection);
      view = await viewOwnChart(kept, connection);
    }
  }
  return added;
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
  const author = { account: ACCOUNT_NONE, credential: CREDENTIAL, keyPair };
  const input = { ...unit, author, header: view.current.header };
  const sealed = await writeUnit(input, sink, random, realm);
  const objects: ObjectBatch['objects'][number][] = [{ kind: 'manifest', bytes: sealed.manifest }];
  if (sealed.packed !== null) {
    objects.unshift({ kind: 'packed', bodies: sealed.bodies, bytes: sealed.packed });
  }
  await vaults.putObjects({ chart, objects, key });
  return sealed;
}
