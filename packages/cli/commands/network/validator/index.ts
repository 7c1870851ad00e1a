import type { CommandGroup } from '../../../frame/define-command.ts';
import { validatorRegister } from './register.ts';
import { validatorUnjail } from './unjail.ts';

export const validator: CommandGroup = {
  name: 'validator',
  summary: "The organisation's own validator",
  commands: [validatorRegister, validatorUnjail],
};
