import type { CommandGroup } from '../../frame/define-command.ts';
import { ledgerBlock } from './block.ts';
import { ledgerDump } from './dump.ts';
import { evidence } from './evidence/index.ts';
import { ledgerProve } from './prove.ts';
import { ledgerRoot } from './root.ts';
import { ledgerStatus } from './status.ts';
import { ledgerTransaction } from './transaction.ts';
import { ledgerVerify } from './verify.ts';

export const ledger: CommandGroup = {
  name: 'ledger',
  summary: 'The ledger, as anybody may see it: status, blocks, transactions, proofs, dump',
  commands: [
    ...[ledgerStatus, ledgerBlock, ledgerTransaction, ledgerProve, ledgerVerify, ledgerDump],
    ...[ledgerRoot, evidence],
  ],
};
