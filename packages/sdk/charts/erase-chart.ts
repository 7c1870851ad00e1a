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
  equalBytes,
  toHex,
  WardError,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { type ObjectToDelete, Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { putOwn } from './chart-objects.ts';
import { publishHeader, viewOwnChart } from './publish-header.ts';

/** Receipts of those who deleted, or will; they are promises. */
export interface Erasure {
  readonly receipts: readonly DeletionReceipt[];
  /** Servers that did not answer: ask them again. */
  readonly missing: number;
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
  const object = packed
    ? { name: packedName(bodies, wallet.realm.crypto), body: { index, digest } }
    : { name: digest, body: null };
  const receipts = await deleteEverywhere(wallet, kept, [object], connection);
  await wallet.record({ kind: 'recordErased', chart: kept.chart, label, index });
  return receipts;
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
  let missing = 0;
  for (const organisation of custodians.values()) {
    const receipt = await eraseAt(organisation, { chart, header: bytes }, connection);
    if (receipt === undefined) missing++;
    else receipts.push(receipt);
  }
  const names = units.flatMap((unit) => namesOf(unit, wallet));
  const deleted = await deleteEverywhere(wallet, kept, names, connection);
  await wallet.record({ kind: 'chartErased', chart });
  missing += deleted.missing;
  if (missing === 0) await wallet.forget(chart);
  return { receipts: [...receipts, ...deleted.receipts], missing };
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

/** Every object of a unit. */
function namesOf({ parsed, commitment }: UnitSummary, { realm }: Wallet): ObjectToDelete[] {
  const manifest = { name: commitment, body: null };
  if (parsed === undefined) return [manifest];
  const { bodies, packed } = parsed.manifest;
  const names = packed ? [packedName(bodies, realm.crypto)] : bodies.map(({ digest }) => digest);
  return [manifest, ...names.map((name) => ({ name, body: null }))];
}

async function deleteEverywhere(
  wallet: Wallet,
  kept: KeptChart,
  objects: readonly ObjectToDelete[],
  connection: Connection,
): Promise<Erasure> {
  const vaults = new Vaults(kept.vaults, connection);
  const key = wallet.requestKey(kept);
  const receipts: DeletionReceipt[] = [];
  let missing = 0;
  for (const object of objects) {
    const done = await vaults.delete({ chart: kept.chart, ...object }, key);
    receipts.push(...done.receipts);
    missing += done.missing;
  }
  return { receipts, missing };
}
