import type { CommandGroup } from '../../frame/define-command.ts';
import { consentGrant } from './grant.ts';
import { consentList } from './list.ts';
import { consentRevoke } from './revoke.ts';
import { consentShow } from './show.ts';

export const consent: CommandGroup = {
  name: 'consent',
  summary: 'Grants: who may read or write, what for, until when',
  commands: [consentGrant, consentList, consentShow, consentRevoke],
};
