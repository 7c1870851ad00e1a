import type { CommandGroup } from '../../frame/define-command.ts';
import { chartCard } from './card.ts';
import { chartCreate } from './create.ts';
import { chartErase } from './erase.ts';
import { chartList } from './list.ts';
import { chartRotate } from './rotate.ts';

export const chart: CommandGroup = {
  name: 'chart',
  summary: 'Charts, the sealed parts of a record: make, list, hand out cards, rotate, erase',
  commands: [chartCreate, chartList, chartCard, chartRotate, chartErase],
};
