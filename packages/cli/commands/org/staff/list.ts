import { toHex } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { shortId } from '../../../frame/names.ts';
import { flag } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';

export const staffList = defineCommand({
  name: 'list',
  summary: 'Members of staff who may open records',
  owner: 'organisation',
  options: { ended: flag('those who have left, too') },
  async run({ options }, { ward }) {
    const all = [...ward.keys.state.staff.values()];
    const staff = options.ended ? all : all.filter(({ isEnded }) => !isEnded);
    return {
      json: {
        staff: staff.map(({ id, name, role, publicKey, isEnded }) => ({
          ...{ id: toHex(id), name, role, publicKey: toHex(publicKey), ended: isEnded },
        })),
      },
      show: (screen) =>
        screen.table(
          [
            { title: 'id' },
            { title: 'name', mayShrink: true },
            { title: 'role' },
            { title: 'state' },
          ],
          staff.map(({ id, name, role, isEnded }) => [
            ...[shortId(id), printable(name), printable(role), isEnded ? 'left' : 'active'],
          ]),
          'Nobody is enrolled. Enrol somebody: ward org staff add NAME --role ROLE',
        ),
    };
  },
});
