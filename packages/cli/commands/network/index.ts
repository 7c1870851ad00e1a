import type { CommandGroup } from '../../frame/define-command.ts';

export const network: CommandGroup = {
  name: 'network',
  summary: 'Networks of several organisations: what their members decide, and who makes blocks',
  commands: [],
};
