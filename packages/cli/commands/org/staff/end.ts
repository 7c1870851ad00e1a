import { toHex, word } from '@ward/protocol';
import { findOne } from '../../../find/find-one.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { text } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';

export const staffEnd = defineCommand({
  name: 'end',
  summary: 'End the enrolment of a member of staff: nothing is opened in their name any more',
  owner: 'organisation',
  args: { staff: text('STAFF', 'name or id') },
  async run({ args }, { ward }) {
    const items = [...ward.keys.state.staff.values()].filter(({ isEnded }) => !isEnded);
    const { id, name } = findOne(args.staff, {
      ...{ items, kind: word('staff') },
      idOf: (each) => each.id,
      nameOf: (each) => each.name,
    });
    await ward.keys.endStaff(id);
    return {
      json: { id: toHex(id), name },
      show: (screen) => screen.line(`${printable(name)} opens nothing any more.`, 'good'),
    };
  },
});
