import type { CommandGroup } from '../../frame/define-command.ts';
import { witnessAdd } from './add.ts';
import { witnessInitCommand } from './init.ts';
import { witnessStart } from './start.ts';
import { witnessStatus } from './status.ts';

export const witness: CommandGroup = {
  name: 'witness',
  summary: 'An independent party that cosigns what the ledger shows: make, run, ask',
  commands: [witnessInitCommand, witnessStart, witnessStatus, witnessAdd],
};
