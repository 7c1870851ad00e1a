import { defineContract } from '../../contract/define-contract.ts';
import { admitOrganisation } from './admit-organisation.ts';
import {
  OrganisationAdmitted,
  OrganisationReinstated,
  OrganisationSuspended,
  OrganisationUpdated,
  ParametersSet,
  SuccessorNamed,
} from './events.ts';
import { networkInvariants } from './invariants.ts';
import { nameSuccessor } from './name-successor.ts';
import { networkQueries } from './queries.ts';
import { reinstateOrganisation } from './reinstate-organisation.ts';
import { setParameters } from './set-parameters.ts';
import { networkState } from './state.ts';
import { suspendOrganisation } from './suspend-organisation.ts';
import { updateOrganisation } from './update-organisation.ts';

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
  ],
  queries: networkQueries,
  events: [
    OrganisationAdmitted,
    OrganisationUpdated,
    OrganisationSuspended,
    OrganisationReinstated,
    SuccessorNamed,
    ParametersSet,
  ],
  invariants: networkInvariants,
  migrate: null,
});
