import type { CommandGroup } from '../../../frame/define-command.ts';
import { evidenceCheck } from './check.ts';
import { evidenceExport } from './export.ts';
import { evidenceList } from './list.ts';
import { evidenceSetAside } from './set-aside.ts';

export const evidence: CommandGroup = {
  name: 'evidence',
  summary: 'What this home has seen against the ledger: list, export, check, set aside',
  commands: [evidenceList, evidenceExport, evidenceCheck, evidenceSetAside],
};
