import type { CommandGroup } from '../../frame/define-command.ts';
import { chartCard } from './card.ts';
import { chartCreate } from './create.ts';
import { chartCustodian } from './custodian/index.ts';
import { chartErase } from './erase.ts';
import { chartList } from './list.ts';
import { chartRotate } from './rotate.ts';
import { chartShow } from './show.ts';

export const chart: CommandGroup = {
  name: 'chart',
  summary: 'Charts, the sealed parts of a record: make, list, show, hand out cards, rotate, erase',
  commands: [
    ...[chartCreate, chartList, chartShow, chartCard, chartRotate, chartErase],
    chartCustodian,
  ],
};
