import type { CommandGroup } from '../../frame/define-command.ts';
import { orgAdmit } from './admit.ts';
import { orgCreate } from './create.ts';
import { orgList } from './list.ts';
import { orgReinstate } from './reinstate.ts';
import { staffAdd } from './staff/add.ts';
import { staffEnd } from './staff/end.ts';
import { staffList } from './staff/list.ts';
import { orgSuspend } from './suspend.ts';
import { orgUpdate } from './update.ts';

const staff: CommandGroup = {
  name: 'staff',
  summary: 'Members of staff: enrol, list, end',
  commands: [staffAdd, staffList, staffEnd],
};

export const org: CommandGroup = {
  name: 'org',
  summary: 'Organisations: make, admit, list, change, and their staff',
  commands: [orgCreate, orgAdmit, orgList, orgUpdate, orgSuspend, orgReinstate, staff],
};
