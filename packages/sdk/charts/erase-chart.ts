import {
  type DeletionReceipt,
  ErasedLabels,
  eraseShares,
  packedName,
  type VerifiedHeader,
  verifyDeletion,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  type Digest,
  equalBytes,
  toHex,
  WardError,
} from '@ward/protocol';
import {
  type Backlog,
  type BacklogChange,
  backlogOf,
  hasTask,
  isLacking,
  type ObjectToDelete,
  type VaultTask,
} from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { refuse } from '../errors.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { putOwn } from './chart-objects.ts';
import { catchUpOwn, publishHeader, viewOwnChart } from './publish-header.ts';

/** Receipts of those who deleted, or will; they are promises. */
export interface Erasure {
  readonly receipts: readonly DeletionReceipt[];
  /** Receipts that did not come: the wallet asks vaults again by itself. */
  readonly missing: number;
  /** Whose they are. */
  readonly outstanding: readonly AccountId[];
}

/**
 * Erases one record: the vaults delete its body, the salt inside it. The rest of its unit still
 * verifies.
 *
 * @throws WardError `RECORD_NOT_FOUND`, what the vaults refuse.
 */
export async function eraseRecord(
  wallet: Wallet,
  kept: KeptChart,
  { unit, index }: { unit: UnitSummary; index: number },
  connection: Connection,
): Promise<Erasure> {
  const { parsed, label } = unit;
  const entry = parsed?.manifest.bodies[index];
  if (parsed === undefined || label === undefined || entry === undefined) {
    throw refuse('RECORD_NOT_FOUND');
  }
  const { bodies, packed } = parsed.manifest;
  const { digest } = entry;
  const place = packed
    ? { name: packedName(bodies, wallet.realm.crypto), body: { index, digest } }
    : { name: digest, body: null };
  const object = { ...place, unit: unit.commitment };
  const erasure = await deleteEverywhere(wallet, kept, [object], connection);
  await wallet.record({ kind: 'recordErased', chart: kept.chart, label, index });
  return erasure;
}

/**
 * Erases a unit: its label is listed as erased, custodians refuse it from the next block on, vaults
 * delete bodies and manifest. Where a vault does not answer, the same call asks it again.
 */
export async function eraseUnit(
  wallet: Wallet,
  kept: KeptChart,
  unit: UnitSummary,
  connection: Connection,
): Promise<Erasure> {
  const { label, commitment } = unit;
  if (label === undefined) throw refuse('RECORD_NOT_FOUND');
  await wallet.record({ kind: 'unitErased', chart: kept.chart, label, commitment });
  await publishHeader(
    wallet,
    kept,
    async (current) => {
      const labels = new ErasedLabels([...kept.erasedLabels.values()], wallet.realm.crypto);
      const erased = labels.field;
      if (erased.kind === 'set') {
        await putOwn({ wallet, kept, current }, [labels.encode()], connection);
      }
      return { erased };
    },
    connection,
  );
  return deleteEverywhere(wallet, kept, namesOf(unit, wallet), connection);
}

/**
 * Erases a chart: custodians refuse at once and delete their shares after 21 days, vaults delete
 * what they have, and the wallet forgets R and the epochs' seeds. Slots stay: random bytes, an
 * organisation, a time. Where somebody does not answer, the wallet forgets nothing yet: the same
 * call, with the chart's id, asks again.
 *
 * @param units All units of the chart, so that their objects are deleted.
 */
export async function eraseChart(
  wallet: Wallet,
  kept: KeptChart,
  units: readonly UnitSummary[],
  connection: Connection,
): Promise<Erasure> {
  const { chart } = kept;
  const { bytes } = await publishErased(wallet, kept, connection);
  const custodians = new Map(
    kept.releases
      .flatMap((release) => release.custodians)
      .map((each) => [toHex(each.organisation), each.organisation]),
  );
  const receipts: DeletionReceipt[] = [];
  const silent: AccountId[] = [];
  for (const organisation of custodians.values()) {
    const receipt = await eraseAt(organisation, { chart, header: bytes }, connection);
    if (receipt === undefined) silent.push(organisation);
    else receipts.push(receipt);
  }
  const names = units.flatMap((unit) => namesOf(unit, wallet));
  const deleted = await deleteEverywhere(wallet, kept, names, connection);
  await wallet.record({ kind: 'chartErased', chart });
  const missing = silent.length + deleted.missing;
  if (missing === 0) await wallet.forget(chart);
  const outstanding = distinct([...silent, ...deleted.outstanding]);
  return { receipts: [...receipts, ...deleted.receipts], missing, outstanding };
}

/** The header that says so; the one that says so already, where an earlier call did not end. */
async function publishErased(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<VerifiedHeader> {
  const { current } = await viewOwnChart(kept, connection);
  if (current.header.state === 'erased') return current;
  return publishHeader(wallet, kept, () => ({ state: 'erased' }), connection);
}

/** One custodian's word that it deletes its shares; undefined where it does not give it. */
async function eraseAt(
  organisation: AccountId,
  { chart, header }: { readonly chart: ChartId; readonly header: Uint8Array },
  connection: Connection,
): Promise<DeletionReceipt | undefined> {
  try {
    const server = await connection.server(organisation, 'custodian');
    const request = { params: { chart }, query: {}, body: header };
    const receipt = await callEndpoint(eraseShares, request, server);
    const { custodian } = await connection.organisation(organisation);
    const isMeant =
      receipt.what === 'shares' &&
      equalBytes(receipt.subject, chart) &&
      equalBytes(receipt.organisation, organisation);
    const isSigned =
      custodian !== null && verifyDeletion(receipt, custodian.publicKey, connection.realm);
    return isMeant && isSigned ? receipt : undefined;
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

/** An object, or a body of it, and the unit that it belongs to. */
type OrderedObject = ObjectToDelete & { readonly unit: Digest };

/** Every object of a unit. */
function namesOf({ parsed, commitment: unit }: UnitSummary, { realm }: Wallet): OrderedObject[] {
  const manifest = { unit, name: unit, body: null };
  if (parsed === undefined) return [manifest];
  const { bodies, packed } = parsed.manifest;
  const names = packed ? [packedName(bodies, realm.crypto)] : bodies.map(({ digest }) => digest);
  return [manifest, ...names.map((name) => ({ unit, name, body: null }))];
}

/** Has every vault delete; the wallet remembers which have not, and orders it again. */
async function deleteEverywhere(
  wallet: Wallet,
  kept: KeptChart,
  objects: readonly OrderedObject[],
  connection: Connection,
): Promise<Erasure> {
  const { chart, vaults } = kept;
  const { state } = wallet;
  const writer = new VaultWriter(vaults, { chart, key: wallet.requestKey(kept) }, connection);
  const receipts: DeletionReceipt[] = [];
  const changes: BacklogChange[] = [];
  for (const object of objects) {
    const done = await writer.delete(object);
    receipts.push(...done.receipts);
    const missing = new Set(done.missing.map(toHex));
    for (const vault of vaults) {
      const order = orderOf(state.backlog, { chart, vault }, object);
      if (missing.has(toHex(vault))) changes.push(...order.missed);
      else if (hasTask(state.backlog, order.task)) {
        changes.push({ kind: 'vaultCaughtUp', ...order.task });
      }
    }
  }
  await wallet.record(...changes);
  return { receipts, ...(await outstandingOf(wallet, kept, objects, connection)) };
}

/** What is still to be deleted, once vaults have been asked that may never have had it. */
async function outstandingOf(
  wallet: Wallet,
  kept: KeptChart,
  objects: readonly OrderedObject[],
  connection: Connection,
): Promise<Pick<Erasure, 'missing' | 'outstanding'>> {
  const units = new Set(objects.map(({ unit }) => toHex(unit)));
  const open = () =>
    backlogOf(wallet.state.backlog, kept.chart).filter(
      ({ task }) => task.kind === 'deletion' && units.has(toHex(task.unit)),
    );
  const mayLack = ({ task }: VaultTask) => task.kind === 'deletion' && task.isLacking;
  const lacking = new Set(
    open()
      .filter(mayLack)
      .map(({ vault }) => toHex(vault)),
  );
  const others = kept.vaults.filter((vault) => !lacking.has(toHex(vault)));
  if (lacking.size > 0) await catchUpOwn(wallet, kept, connection, others);
  const vaults = open().map(({ vault }) => vault);
  return { missing: vaults.length, outstanding: distinct(vaults) };
}

/** The order to one vault; it takes the place of the unit that the vault was still to take. */
function orderOf(
  backlog: Backlog,
  place: Pick<VaultTask, 'chart' | 'vault'>,
  { unit, name, body }: OrderedObject,
): { readonly task: VaultTask; readonly missed: readonly BacklogChange[] } {
  const order = { unit, name, body, isLacking: isLacking(backlog, place, unit) };
  const task: VaultTask = { ...place, task: { kind: 'deletion', ...order } };
  // The first order knew whether the vault had it.
  if (hasTask(backlog, task)) return { task, missed: [] };
  const taking: VaultTask = { ...place, task: { kind: 'unit', commitment: unit } };
  const missed: BacklogChange[] = [{ kind: 'vaultMissed', ...task }];
  if (hasTask(backlog, taking)) missed.push({ kind: 'vaultCaughtUp', ...taking });
  return { task, missed };
}

function distinct(ids: readonly AccountId[]): AccountId[] {
  return [...new Map(ids.map((id) => [toHex(id), id])).values()];
}
