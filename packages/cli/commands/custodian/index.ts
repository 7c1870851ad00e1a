import type { CommandGroup } from '../../frame/define-command.ts';
import { custodianHandOver } from './hand-over.ts';
import { custodianInitCommand } from './init.ts';
import { custodianStart } from './start.ts';
import { custodianSuccessor } from './successor.ts';

export const custodian: CommandGroup = {
  name: 'custodian',
  summary: 'The guard of shares: make, run, hand over',
  commands: [custodianInitCommand, custodianStart, custodianSuccessor, custodianHandOver],
};
