import { type ErasedAbsence, ErasedLabels, ErasedSet, refuseOpening } from '@ward/charts';
import type { Digest } from '@ward/protocol';
import type { ChartView } from '../charts/chart-view.ts';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';

/**
 * For each label, the proof that the header's set of erased labels leaves it out; none where the
 * header lists the erased labels itself.
 *
 * @throws WardError `UNIT_ERASED`.
 */
export async function absencesOf(
  { current, vaults }: ChartView,
  labels: readonly Digest[],
  connection: Connection,
): Promise<ErasedAbsence[]> {
  const { erased } = current.header;
  if (erased.kind === 'inline') return [];
  const object = await new Vaults(vaults, connection).object(erased.object);
  if (object === undefined) throw refuseOpening('CHART_SUPERSEDED');
  const set = new ErasedLabels(ErasedSet.decode(object).labels, connection.realm.crypto);
  return labels.map((label) => {
    const absence = set.proveAbsent(label);
    if (absence === undefined) throw refuseOpening('UNIT_ERASED');
    return absence;
  });
}
