import type { CommandGroup } from '../../frame/define-command.ts';
import { recordAccept } from './accept.ts';
import { recordAdd } from './add.ts';
import { recordErase } from './erase.ts';
import { recordExport } from './export.ts';
import { recordList } from './list.ts';
import { recordShow } from './show.ts';
import { recordVerify } from './verify.ts';

export const record: CommandGroup = {
  name: 'record',
  summary: 'Records: add, list, show, export, verify, erase',
  commands: [
    ...[recordAdd, recordList, recordShow, recordExport, recordVerify],
    ...[recordAccept, recordErase],
  ],
};
