import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
} from '@ward/protocol';
import { defineState } from '../../schema/define-state.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { profileFields } from './profile.ts';
import { Agenda, Proposal, Release, Vote } from './proposal.ts';
import { rolesField } from './roles.ts';
import { ConsensusRules, Rules } from './rules.ts';
import {
  Absences,
  Stake,
  Supply,
  ValidatorKey,
  ValidatorRecord,
  ValidatorSet,
} from './validators.ts';

/** A public member. All of it is public on purpose. */
export const Organisation = defineFormat('organisation', 1, {
  name: profileFields.name,
  roles: rolesField,
  status: field.word(['active', 'suspended']),
  endpoints: profileFields.endpoints,
  /** Grants' envelopes are sealed to it. */
  sealingKey: profileFields.sealingKey,
  custodian: profileFields.custodian,
  /** Who takes over its shares when it leaves. */
  successor: field.nullable(field.bytes(ACCOUNT_ID_BYTES)),
});
export type Organisation = FormatOf<typeof Organisation>;

/** What the members agreed on. */
export const Parameters = defineFormat('parameters', 1, {
  /** Version and digest of the rules by which custodians decide. */
  decideVersion: field.integer(1),
  decideDigest: field.bytes(32),
});
export type Parameters = FormatOf<typeof Parameters>;

/** How a ledger ended: which chain goes on from it, and by which plan. Written once, for ever. */
export const Promotion = defineFormat('promotion', 1, {
  chain: field.text(50),
  /** Digest of the `PromotionPlan`. */
  plan: field.bytes(DIGEST_BYTES),
});
export type Promotion = FormatOf<typeof Promotion>;

/** Ids of all organisations, so that a directory can be read with a proof. */
export const Directory = defineFormat('directory', 1, {
  organisations: field.list(field.bytes(ACCOUNT_ID_BYTES), {
    max: LEDGER_LIMITS.organisationsMax,
    sortedBy: '',
  }),
});
export type Directory = FormatOf<typeof Directory>;

export const networkState = defineState('network', {
  organisations: Organisation,
  parameters: Parameters,
  directory: Directory,
  // Where the members govern:
  rules: Rules,
  consensus: ConsensusRules,
  agenda: Agenda,
  proposals: Proposal,
  votes: Vote,
  validators: ValidatorRecord,
  validatorKeys: ValidatorKey,
  validatorSet: ValidatorSet,
  absences: Absences,
  stakes: Stake,
  supply: Supply,
  release: Release,
  // Where a ledger of one registrar became a network:
  promotion: Promotion,
});

export function organisationKey(organisation: AccountId): Uint8Array {
  return networkState.organisations.key(organisation);
}

/** The two records of which there is one each. */
export const parametersKey = networkState.parameters.key();
export const directoryKey = networkState.directory.key();

/** Records of which there is one each, in a network that its members govern. */
export const rulesKey = networkState.rules.key();
export const consensusKey = networkState.consensus.key();
export const agendaKey = networkState.agenda.key();
export const validatorSetKey = networkState.validatorSet.key();
export const releaseKey = networkState.release.key();

/** How the ledger ended that began with a registrar; it stands on the chain behind it too. */
export const promotionKey = networkState.promotion.key();
