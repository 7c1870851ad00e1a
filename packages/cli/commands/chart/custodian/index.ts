import type { CommandGroup } from '../../../frame/define-command.ts';
import { custodianRenew } from './renew.ts';
import { custodianReplace } from './replace.ts';

export const chartCustodian: CommandGroup = {
  name: 'custodian',
  summary: 'Custodians of a chart: replace one that is dead, deal a new release key',
  commands: [custodianReplace, custodianRenew],
};
