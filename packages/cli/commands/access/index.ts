import type { CommandGroup } from '../../frame/define-command.ts';
import { accessLog } from './log.ts';
import { accessOpen } from './open.ts';
import { accessVerify } from './verify.ts';

export const access: CommandGroup = {
  name: 'access',
  summary: 'Accesses: open units, see who looked, prove the log complete',
  commands: [accessOpen, accessLog, accessVerify],
};
