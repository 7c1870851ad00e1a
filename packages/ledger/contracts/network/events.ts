import { ACCOUNT_ID_BYTES, defineFormat, type FormatOf, field, type Height } from '@ward/protocol';
import { CHOICES, ENDS } from './proposal.ts';

const organisation = field.bytes(ACCOUNT_ID_BYTES);

export const OrganisationAdmitted = defineFormat('organisation-admitted', 1, { organisation });
export type OrganisationAdmitted = FormatOf<typeof OrganisationAdmitted>;

export const OrganisationUpdated = defineFormat('organisation-updated', 1, { organisation });
export type OrganisationUpdated = FormatOf<typeof OrganisationUpdated>;

export const OrganisationSuspended = defineFormat('organisation-suspended', 1, { organisation });
export type OrganisationSuspended = FormatOf<typeof OrganisationSuspended>;

export const OrganisationReinstated = defineFormat('organisation-reinstated', 1, { organisation });
export type OrganisationReinstated = FormatOf<typeof OrganisationReinstated>;

export const SuccessorNamed = defineFormat('successor-named', 1, {
  organisation,
  successor: field.nullable(field.bytes(ACCOUNT_ID_BYTES)),
});
export type SuccessorNamed = FormatOf<typeof SuccessorNamed>;

export const ParametersSet = defineFormat('parameters-set', 1, {
  decideVersion: field.integer(1),
});
export type ParametersSet = FormatOf<typeof ParametersSet>;

/** The ledger goes on as that chain. */
export const NetworkPromoted = defineFormat('network-promoted', 1, { chain: field.text(50) });
export type NetworkPromoted = FormatOf<typeof NetworkPromoted>;

const proposal = field.integer(1);

export const ProposalMade = defineFormat('proposal-made', 1, { proposal, proposer: organisation });
export type ProposalMade = FormatOf<typeof ProposalMade>;

export const VoteCast = defineFormat('vote-cast', 1, {
  proposal,
  organisation,
  choice: field.word(CHOICES),
});
export type VoteCast = FormatOf<typeof VoteCast>;

export const ProposalEnded = defineFormat('proposal-ended', 1, { proposal, how: field.word(ENDS) });
export type ProposalEnded = FormatOf<typeof ProposalEnded>;

export const RolesSet = defineFormat('roles-set', 1, { organisation });
export type RolesSet = FormatOf<typeof RolesSet>;

export const RulesSet = defineFormat('rules-set', 1, {});
export type RulesSet = FormatOf<typeof RulesSet>;

export const ConsensusSet = defineFormat('consensus-set', 1, {});
export type ConsensusSet = FormatOf<typeof ConsensusSet>;

/** Null: there is no plan any more. */
export const UpgradePlanned = defineFormat('upgrade-planned', 1, {
  height: field.nullable(field.integer<Height>(1)),
});
export type UpgradePlanned = FormatOf<typeof UpgradePlanned>;

export const NetworkHalted = defineFormat('network-halted', 1, {});
export type NetworkHalted = FormatOf<typeof NetworkHalted>;

export const NetworkResumed = defineFormat('network-resumed', 1, {});
export type NetworkResumed = FormatOf<typeof NetworkResumed>;

/** A validator's key, approval, stake or jail is another; what it is stands in the state. */
export const ValidatorChanged = defineFormat('validator-changed', 1, { organisation });
export type ValidatorChanged = FormatOf<typeof ValidatorChanged>;

export const StakeChanged = defineFormat('stake-changed', 1, { organisation });
export type StakeChanged = FormatOf<typeof StakeChanged>;
