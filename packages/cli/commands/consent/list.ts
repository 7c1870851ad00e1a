import { findCharts } from '../../find/find-chart.ts';
import { listOwnGrants } from '../../find/find-grant.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { flag, optional, text } from '../../frame/parameters.ts';
import type { OrganisationSession, PersonSession } from '../../frame/session.ts';
import {
  ownGrantJson,
  receivedGrantJson,
  showOwnGrants,
  showReceivedGrants,
} from '../../show/grant-rows.ts';

export const consentList = defineCommand({
  name: 'list',
  summary: 'Grants that you made; in an organisation, grants that it was given',
  owner: 'either',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  options: { active: flag('only those that count now') },
  run: ({ args, options }, session) =>
    session.kind === 'person'
      ? listMade(args.chart, options, session)
      : listReceived(options, session),
});

async function listMade(
  wanted: string | undefined,
  { active }: { readonly active: boolean },
  { ward, names }: PersonSession,
): Promise<Outcome> {
  const charts = wanted === undefined ? ward.charts.list() : findCharts(wanted, ward);
  const all = listOwnGrants(charts, ward);
  const grants = active ? all.filter(({ listed }) => listed.state === 'active') : all;
  await names.learn(grants.map(({ listed }) => listed.grant.grantee));
  return {
    json: { grants: grants.map(ownGrantJson) },
    show: (screen) => showOwnGrants(grants, names, screen),
  };
}

async function listReceived(
  { active }: { readonly active: boolean },
  { ward }: OrganisationSession,
): Promise<Outcome> {
  await ward.access.collect();
  const now = ward.connection.now();
  const all = ward.access.grants();
  const grants = active ? all.filter(({ grant }) => grant.from <= now && now < grant.until) : all;
  return {
    json: { grants: grants.map(receivedGrantJson) },
    show: (screen) => showReceivedGrants(grants, screen),
  };
}
