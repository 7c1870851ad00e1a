import type { CommandGroup } from '../../frame/define-command.ts';
import { networkFound } from './found.ts';
import { networkInit } from './init.ts';
import { networkInvite } from './invite.ts';
import { networkJoin } from './join.ts';
import { networkPromote } from './promote.ts';
import { proposal } from './proposal/index.ts';
import { networkProposals } from './proposals.ts';
import { propose } from './propose/index.ts';
import { networkRules } from './rules.ts';
import { stake } from './stake/index.ts';
import { networkUp } from './up.ts';
import { validator } from './validator/index.ts';
import { networkValidators } from './validators.ts';
import { networkVote } from './vote.ts';

export const network: CommandGroup = {
  name: 'network',
  summary: 'Networks of several organisations: what their members decide, and who makes blocks',
  commands: [
    ...[networkInit, networkUp, networkInvite, networkJoin],
    ...[networkPromote, networkFound],
    ...[propose, networkVote, networkProposals, proposal, networkRules],
    ...[networkValidators, validator, stake],
  ],
};
