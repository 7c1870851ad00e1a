import { defineContract } from '../../contract/define-contract.ts';
import { admitOrganisation } from './admit-organisation.ts';
import { bondStake } from './bond-stake.ts';
import { castVote } from './cast-vote.ts';
import {
  ConsensusSet,
  NetworkHalted,
  NetworkPromoted,
  NetworkResumed,
  OrganisationAdmitted,
  OrganisationReinstated,
  OrganisationSuspended,
  OrganisationUpdated,
  ParametersSet,
  ProposalEnded,
  ProposalMade,
  RolesSet,
  RulesSet,
  StakeChanged,
  SuccessorNamed,
  UpgradePlanned,
  ValidatorChanged,
  VoteCast,
} from './events.ts';
import { networkInvariants } from './invariants.ts';
import { makeProposal } from './make-proposal.ts';
import { nameSuccessor } from './name-successor.ts';
import { promoteNetwork } from './promote-network.ts';
import { networkQueries } from './queries.ts';
import { registerValidator } from './register-validator.ts';
import { reinstateOrganisation } from './reinstate-organisation.ts';
import { setParameters } from './set-parameters.ts';
import { networkState } from './state.ts';
import { suspendOrganisation } from './suspend-organisation.ts';
import { unbondStake } from './unbond-stake.ts';
import { unjailValidator } from './unjail-validator.ts';
import { updateOrganisation } from './update-organisation.ts';
import { watchValidators } from './watch-validators.ts';

/** Organisations, their roles and what the members agreed on. */
export const network = defineContract({
  name: 'network',
  version: 1,
  state: networkState,
  messages: [
    admitOrganisation,
    updateOrganisation,
    suspendOrganisation,
    reinstateOrganisation,
    nameSuccessor,
    setParameters,
    promoteNetwork,
    makeProposal,
    castVote,
    registerValidator,
    bondStake,
    unbondStake,
    unjailValidator,
  ],
  begin: watchValidators,
  queries: networkQueries,
  events: [
    OrganisationAdmitted,
    OrganisationUpdated,
    OrganisationSuspended,
    OrganisationReinstated,
    SuccessorNamed,
    ParametersSet,
    NetworkPromoted,
    ProposalMade,
    VoteCast,
    ProposalEnded,
    RolesSet,
    RulesSet,
    ConsensusSet,
    UpgradePlanned,
    NetworkHalted,
    NetworkResumed,
    ValidatorChanged,
    StakeChanged,
  ],
  invariants: networkInvariants,
  migrate: null,
});
