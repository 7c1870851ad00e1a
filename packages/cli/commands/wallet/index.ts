import type { CommandGroup } from '../../frame/define-command.ts';
import { walletBackup } from './backup.ts';
import { walletCreate } from './create.ts';
import { walletRestore } from './restore.ts';
import { walletShow } from './show.ts';

export const wallet: CommandGroup = {
  name: 'wallet',
  summary: "A person's keys: make, show, back up, restore",
  commands: [walletCreate, walletShow, walletBackup, walletRestore],
};
