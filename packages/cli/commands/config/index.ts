import type { CommandGroup } from '../../frame/define-command.ts';
import { configShow } from './show.ts';

export const config: CommandGroup = {
  name: 'config',
  summary: 'How servers are set up',
  commands: [configShow],
};
