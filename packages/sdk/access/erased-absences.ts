import { type ErasedAbsence, ErasedLabels, ErasedSet, refuseOpening } from '@ward/charts';
import type { Digest } from '@ward/protocol';
import type { ChartView } from '../charts/chart-view.ts';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';

/**
 * For each label, the proof that the header's set of erased labels leaves it out; none where the
 * header lists the erased labels itself.
 *
 * @throws WardError `UNIT_ERASED`, `OBJECT_WITHHELD`.
 */
export async function absencesOf(
  view: ChartView,
  labels: readonly Digest[],
  connection: Connection,
): Promise<ErasedAbsence[]> {
  if (view.current.header.erased.kind === 'inline') return [];
  const set = new ErasedLabels(await erasedLabels(view, connection), connection.realm.crypto);
  return labels.map((label) => {
    const absence = set.proveAbsent(label);
    if (absence === undefined) throw refuseOpening('UNIT_ERASED');
    return absence;
  });
}

/** All labels that a header lists as erased, itself or by a set. */
export async function erasedLabels(
  { current, vaults }: ChartView,
  connection: Connection,
): Promise<readonly Digest[]> {
  const { erased } = current.header;
  if (erased.kind === 'inline') return erased.labels;
  return ErasedSet.decode(await new Vaults(vaults, connection).object(erased.object)).labels;
}
