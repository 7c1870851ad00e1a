import type { CommandGroup } from '../../frame/define-command.ts';
import { nodeBackup, nodeRehearse, nodeRestore } from './backup.ts';
import { nodeInitCommand } from './init.ts';
import { nodePrune } from './prune.ts';
import { nodePublish } from './publish.ts';
import { nodeSnapshot } from './snapshot.ts';
import { nodeSnapshots } from './snapshots.ts';
import { nodeStart } from './start.ts';
import { nodeStatus } from './status.ts';
import { nodeTakeOver } from './take-over.ts';

export const node: CommandGroup = {
  name: 'node',
  summary: 'The server of the ledger: found a network, run, look after it',
  commands: [
    ...[nodeInitCommand, nodeStart, nodePublish, nodeStatus],
    ...[nodeBackup, nodeRestore, nodeRehearse, nodeTakeOver, nodeSnapshots],
    ...[nodeSnapshot, nodePrune],
  ],
};
