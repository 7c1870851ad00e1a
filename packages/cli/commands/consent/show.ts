import { findOwnGrant, findReceivedGrant } from '../../find/find-grant.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { text } from '../../frame/parameters.ts';
import type { OrganisationSession, PersonSession } from '../../frame/session.ts';
import { ownGrantJson, receivedGrantJson, termsFacts } from '../../show/grant-rows.ts';

export const consentShow = defineCommand({
  name: 'show',
  summary: 'All terms of one grant',
  owner: 'either',
  args: {
    grant: text('GRANT', 'id of the grant, or the organisation or chart where there is one of it'),
  },
  run: ({ args }, session) =>
    session.kind === 'person' ? showMade(args.grant, session) : showReceived(args.grant, session),
});

async function showMade(wanted: string, { ward, names }: PersonSession): Promise<Outcome> {
  const own = await findOwnGrant(wanted, { ward, names });
  const { grant, state } = own.listed;
  const json = ownGrantJson(own);
  return {
    json,
    show: (screen) =>
      screen.facts([
        ['grant', json.grant],
        ['state', state, state === 'active' ? 'good' : 'warning'],
        ['chart', own.kept.kind],
        ['id of the chart', json.chart],
        ['organisation', `${names.of(grant.grantee)}  ${json.grantee}`],
        ['made', json.made],
        ...termsFacts(grant),
      ]),
  };
}

async function showReceived(wanted: string, { ward }: OrganisationSession): Promise<Outcome> {
  await ward.access.collect();
  const received = findReceivedGrant(wanted, ward);
  const json = receivedGrantJson(received);
  return {
    json,
    show: (screen) =>
      screen.facts([
        ['grant', json.grant],
        ['chart', json.kind],
        ['id of the chart', json.chart],
        ['opened so far', `${json.openings}`],
        ...termsFacts(received.grant),
      ]),
  };
}
