import type { CommandGroup } from '../../frame/define-command.ts';
import { custodianInitCommand } from './init.ts';
import { custodianStart } from './start.ts';

export const custodian: CommandGroup = {
  name: 'custodian',
  summary: 'The guard of shares: make, run',
  commands: [custodianInitCommand, custodianStart],
};
