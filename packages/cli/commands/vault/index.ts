import type { CommandGroup } from '../../frame/define-command.ts';
import { vaultInitCommand } from './init.ts';
import { vaultScrub } from './scrub.ts';
import { vaultStart } from './start.ts';

export const vault: CommandGroup = {
  name: 'vault',
  summary: 'The store of ciphertext: make, run, scrub',
  commands: [vaultInitCommand, vaultStart, vaultScrub],
};
