import type { CommandGroup } from '../../../frame/define-command.ts';
import {
  proposeAdmit,
  proposeDecideRules,
  proposeReinstate,
  proposeRoles,
  proposeSuspend,
} from './members.ts';
import { proposeConsensus, proposeRules } from './rules.ts';
import { proposeCancelUpgrade, proposeHalt, proposeResume, proposeUpgrade } from './upgrades.ts';
import {
  proposeAddValidator,
  proposeGrantStake,
  proposeRemoveValidator,
  proposeUnjailValidator,
} from './validators.ts';

export const propose: CommandGroup = {
  name: 'propose',
  summary: 'Put something before the members, with a yes of your own',
  commands: [
    ...[proposeAdmit, proposeSuspend, proposeReinstate, proposeRoles],
    ...[proposeAddValidator, proposeRemoveValidator, proposeUnjailValidator, proposeGrantStake],
    ...[proposeRules, proposeConsensus, proposeDecideRules],
    ...[proposeUpgrade, proposeCancelUpgrade, proposeHalt, proposeResume],
  ],
};
