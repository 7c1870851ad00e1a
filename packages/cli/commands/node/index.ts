import type { CommandGroup } from '../../frame/define-command.ts';
import { nodeInitCommand } from './init.ts';
import { nodeStart } from './start.ts';
import { nodeStatus } from './status.ts';

export const node: CommandGroup = {
  name: 'node',
  summary: 'The server of the ledger: found a network, run, look after it',
  commands: [nodeInitCommand, nodeStart, nodeStatus],
};
