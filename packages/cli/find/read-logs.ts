import { toHex } from '@ward/protocol';
import { isWholeLog, type KeptChart, type PersonWard } from '@ward/sdk';
import type { PersonSession } from '../frame/session.ts';
import { type ChartLog, namedIn } from '../show/access-rows.ts';
import { captionText } from './choose-units.ts';
import { findCharts } from './find-chart.ts';

/** Logs of the charts that were named, or of all; erased ones were looked at as well. */
export async function readLogs(
  wanted: string | undefined,
  { ward, names }: PersonSession,
): Promise<ChartLog[]> {
  const charts = wanted === undefined ? ward.charts.list() : findCharts(wanted, ward);
  const logs: ChartLog[] = [];
  for (const kept of charts) logs.push(await readLog(kept, ward));
  await names.learn(logs.flatMap(({ log }) => namedIn(log)));
  return logs;
}

async function readLog(kept: KeptChart, ward: PersonWard): Promise<ChartLog> {
  const { chart, kind } = kept;
  const log = await ward.access.log(chart);
  const units = log.openings.length === 0 ? [] : await ward.records.list(chart);
  const captions = new Map(
    units.flatMap((unit) =>
      unit.label === undefined ? [] : [[toHex(unit.label) as string, captionText(unit)]],
    ),
  );
  return { kind, chart, log, isWhole: isWholeLog(log, kept), captions };
}
