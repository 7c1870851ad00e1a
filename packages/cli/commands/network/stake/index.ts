import type { CommandGroup } from '../../../frame/define-command.ts';
import { stakeList } from './list.ts';
import { stakeBond, stakeUnbond } from './move.ts';

export const stake: CommandGroup = {
  name: 'stake',
  summary: 'What organisations have at stake: bond, unbond, list',
  commands: [stakeBond, stakeUnbond, stakeList],
};
