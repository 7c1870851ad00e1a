import type { CommandGroup } from '../../../frame/define-command.ts';
import { proposalShow } from './show.ts';

export const proposal: CommandGroup = {
  name: 'proposal',
  summary: 'One proposal',
  commands: [proposalShow],
};
