import type { Organisation } from '@ward/ledger/schema';
import { type Json, toHex } from '@ward/protocol';
import type { Member } from '../../find/find-organisation.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { shortId } from '../../frame/names.ts';
import { printable } from '../../frame/printable.ts';

export const orgList = defineCommand({
  name: 'list',
  summary: 'All members of the network, each proved',
  owner: 'anyone',
  async run(_, { ward }) {
    const members = await ward.directory.list();
    return {
      json: { organisations: members.map(memberJson) },
      show: (screen) =>
        screen.table(
          [
            { title: 'id' },
            { title: 'name', mayShrink: true },
            { title: 'roles', mayShrink: true },
            { title: 'servers' },
            { title: 'status' },
          ],
          members.map(({ id, organisation }) => [
            ...[shortId(id), printable(organisation.name), organisation.roles.join(', ')],
            serversOf(organisation),
            screen.cell(organisation.status === 'active' ? 'good' : 'bad', organisation.status),
          ]),
          'The network has no members.',
        ),
    };
  },
});

function serversOf({ endpoints }: Organisation): string {
  return Object.entries(endpoints)
    .filter(([, endpoint]) => endpoint !== null)
    .map(([kind]) => kind)
    .join(' ');
}

function memberJson({ id, organisation }: Member): Json {
  const { name, roles, status, endpoints, custodian, successor } = organisation;
  return {
    ...{ id: toHex(id), name, roles, status, endpoints: { ...endpoints } },
    sealingKey: toHex(organisation.sealingKey),
    custodian: custodian !== null,
    successor: successor === null ? null : toHex(successor),
  };
}
