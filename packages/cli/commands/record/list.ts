import { hasCode, toHex } from '@ward/protocol';
import type { ReceivedGrant } from '@ward/sdk';
import { findCharts } from '../../find/find-chart.ts';
import { findReceivedGrant } from '../../find/find-grant.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { optional, text } from '../../frame/parameters.ts';
import type { OrganisationSession, PersonSession } from '../../frame/session.ts';
import { authorsOf, showUnits, type UnitRow, unitJson } from '../../show/unit-rows.ts';

export const recordList = defineCommand({
  name: 'list',
  summary: 'The timeline of a chart; in an organisation, the units that grants let it ask for',
  details:
    'Every writer of every epoch is walked to the first slot that the ledger proves empty: what ' +
    'a vault withholds shows as "withheld". An organisation sees captions: one of twelve kinds, ' +
    'and the month.',
  owner: 'either',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  examples: ['ward record list', 'ward record list medications --output json'],
  run: ({ args }, session) =>
    session.kind === 'person' ? listOwn(args.chart, session) : listGranted(args.chart, session),
});

async function listOwn(
  wanted: string | undefined,
  { ward, names, progress }: PersonSession,
): Promise<Outcome> {
  const rows: UnitRow[] = [];
  for (const { chart, kind } of findCharts(wanted, ward)) {
    const bar = progress(`Walking ${kind}`);
    const units = await ward.records.list(chart, ({ sourcesDone, sources }) =>
      bar.update({ done: sourcesDone, total: sources, unit: 'sources' }),
    );
    bar.end();
    rows.push(...units.map((unit) => ({ kind, unit })));
  }
  rows.sort((a, b) => a.unit.time - b.unit.time);
  await names.learn(authorsOf(rows));
  return {
    json: { units: rows.map(unitJson) },
    show: (screen) => showUnits(rows, { names, ownerIs: 'you' }, screen),
  };
}

async function listGranted(
  wanted: string | undefined,
  session: OrganisationSession,
): Promise<Outcome> {
  const { ward, names } = session;
  await ward.access.collect();
  const rows = new Map<string, UnitRow>();
  const granted =
    wanted === undefined
      ? await allGranted(session)
      : await grantedBy(findReceivedGrant(wanted, ward), session);
  for (const row of granted) rows.set(toHex(row.unit.commitment), row);
  const listed = [...rows.values()].sort((a, b) => a.unit.time - b.unit.time);
  await names.learn(authorsOf(listed));
  return {
    json: { units: listed.map(unitJson) },
    show: (screen) => showUnits(listed, { names, ownerIs: 'the patient' }, screen),
  };
}

async function grantedBy(
  { leaf, envelope: { kind } }: ReceivedGrant,
  { ward }: OrganisationSession,
): Promise<UnitRow[]> {
  return (await ward.access.list(leaf)).map((unit) => ({ kind, unit }));
}

/** What all grants reach; one that was revoked meanwhile reaches nothing. */
async function allGranted(session: OrganisationSession): Promise<UnitRow[]> {
  const rows: UnitRow[] = [];
  for (const granted of session.ward.access.grants()) {
    try {
      rows.push(...(await grantedBy(granted, session)));
    } catch (error) {
      if (!hasCode(error, 'GRANT_REVOKED')) throw error;
    }
  }
  return rows;
}
