import { sourceSecret, unitAddress } from '@ward/charts';
import { WriteSlots } from '@ward/ledger/schema';
import { type ChartId, equalBytes, hasCode } from '@ward/protocol';
import { chartReference, viewChart } from '../charts/chart-view.ts';
import type { Connection } from '../connection/connection.ts';
import { message, submit } from '../connection/submit.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { PlannedUnits } from '../key-service/key-service-state.ts';
import { sourceRow, walkRows } from './walk.ts';

/** Gives planned units up; `next` is the first free place of their source now. */
export async function abandon(
  service: KeyService,
  { chart, epoch, firstN }: Pick<PlannedUnits, 'chart' | 'epoch' | 'firstN'>,
  next: number,
): Promise<void> {
  await service.record(
    { kind: 'unitsAbandoned', chart, epoch, firstN },
    { kind: 'placeSeen', chart, epoch, n: next },
  );
}

/**
 * Commits the slots of units that are stored; that they are already is a success.
 *
 * @returns Undefined, or the first free place where those that were planned are taken.
 */
export async function commitPlanned(
  service: KeyService,
  planned: PlannedUnits,
  connection: Connection,
): Promise<number | undefined> {
  const { crypto } = service.realm;
  const { chart, epoch, firstN, units } = planned;
  const { writeSecret } = service.card(chart);
  const secret = sourceSecret({ writeSecret, epoch }, crypto);
  const slots = units.map(({ commitment: value }, i) => ({
    address: unitAddress({ secret, n: firstN + i }, crypto),
    value,
  }));
  try {
    await submit(connection, [message(WriteSlots, { slots })], [service.serviceSigner]);
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'SLOT_TAKEN')) throw error;
    const { isOwn, firstAbsent } = await lookUp(service, planned, connection);
    return isOwn ? undefined : firstAbsent;
  }
}

/** Whether the ledger holds just these units at their places, and which place is free. */
async function lookUp(
  service: KeyService,
  { chart, epoch, firstN, units }: PlannedUnits,
  connection: Connection,
): Promise<{ readonly isOwn: boolean; readonly firstAbsent: number }> {
  const { writeSecret } = service.card(chart);
  const secret = sourceSecret({ writeSecret, epoch }, service.realm.crypto);
  const source = { organisation: service.account, secret };
  const [walked] = await walkRows([sourceRow(source, connection, firstN)], connection);
  const { slots, firstAbsent } = walked!;
  const isOwn = units.every(({ commitment }, i) => {
    const slot = slots[i];
    return slot !== undefined && equalBytes(slot.value, commitment);
  });
  return { isOwn, firstAbsent };
}

/**
 * After a crash: what was planned in a chart is committed, or found committed, before anything new.
 * Units of an epoch that has ended meanwhile are not committed any more.
 */
export async function settlePlanned(
  service: KeyService,
  chart: ChartId,
  connection: Connection,
): Promise<void> {
  const rows = [...service.state.planned.values()].flat();
  const isOpen = (row: PlannedUnits) => row.state === 'planned' && equalBytes(row.chart, chart);
  for (const planned of rows.filter(isOpen)) {
    const { epoch, firstN } = planned;
    const next = await settleOne(service, planned, connection);
    if (next !== undefined) await abandon(service, planned, next);
    else await service.record({ kind: 'unitsWritten', chart, epoch, firstN });
  }
}

/** @returns Undefined where the units stand now; else the first free place of their source. */
async function settleOne(
  service: KeyService,
  planned: PlannedUnits,
  connection: Connection,
): Promise<number | undefined> {
  const isLasting = async () => {
    const card = service.card(planned.chart);
    const view = await viewChart(chartReference(card, card.vaults, connection), connection);
    const { header } = view.current;
    return header.state === 'open' && header.epoch.number === planned.epoch;
  };
  const { isOwn, firstAbsent } = await lookUp(service, planned, connection);
  if (isOwn) return undefined;
  if (!(await isLasting())) return firstAbsent;
  const taken = await commitPlanned(service, planned, connection);
  if (taken !== undefined) return taken;
  // An epoch that ended meanwhile may have been counted without them.
  return (await isLasting()) ? undefined : planned.firstN + planned.units.length;
}
