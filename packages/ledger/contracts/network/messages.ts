import { ACCOUNT_ID_BYTES, DIGEST_BYTES, field } from '@ward/protocol';
import { defineMessage, type MessageOf } from '../../schema/define-message.ts';
import { profileFields } from './profile.ts';
import { actionField, CHOICES } from './proposal.ts';
import { rolesField } from './roles.ts';

/** Admits an organisation whose account is open; by an officer of a registrar. */
export const AdmitOrganisation = defineMessage('network', 'AdmitOrganisation', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  roles: rolesField,
  ...profileFields,
});
export type AdmitOrganisation = MessageOf<typeof AdmitOrganisation>;

/** Changes what an organisation says of itself; by its own officer. */
export const UpdateOrganisation = defineMessage('network', 'UpdateOrganisation', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  ...profileFields,
});
export type UpdateOrganisation = MessageOf<typeof UpdateOrganisation>;

/** Stops an organisation from writing and opening; by an officer of a registrar. */
export const SuspendOrganisation = defineMessage('network', 'SuspendOrganisation', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});
export type SuspendOrganisation = MessageOf<typeof SuspendOrganisation>;

/** Ends a suspension; by an officer of a registrar. */
export const ReinstateOrganisation = defineMessage('network', 'ReinstateOrganisation', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});
export type ReinstateOrganisation = MessageOf<typeof ReinstateOrganisation>;

/** Names who takes over the shares of a custodian that leaves; by its own officer. */
export const NameSuccessor = defineMessage('network', 'NameSuccessor', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  successor: field.nullable(field.bytes(ACCOUNT_ID_BYTES)),
});
export type NameSuccessor = MessageOf<typeof NameSuccessor>;

/** Changes what the members agreed on; by an officer of a registrar. */
export const SetParameters = defineMessage('network', 'SetParameters', {
  decideVersion: field.integer(1),
  decideDigest: field.bytes(32),
});
export type SetParameters = MessageOf<typeof SetParameters>;

/**
 * Ends this ledger: it goes on as another chain, whose members govern it. By an officer of a
 * registrar; everything that was taken before it counts there.
 */
export const PromoteNetwork = defineMessage('network', 'PromoteNetwork', {
  /** The chain that goes on. */
  chain: field.text(50),
  /** Digest of the `PromotionPlan` by which it begins. */
  plan: field.bytes(DIGEST_BYTES),
});
export type PromoteNetwork = MessageOf<typeof PromoteNetwork>;

/** Puts something before the members, with a yes of one's own; by an officer of a member. */
export const MakeProposal = defineMessage('network', 'MakeProposal', { action: actionField });
export type MakeProposal = MessageOf<typeof MakeProposal>;

/** Votes, once and for good; by an officer of a member that may vote. */
export const CastVote = defineMessage('network', 'CastVote', {
  proposal: field.integer(1),
  choice: field.word(CHOICES),
});
export type CastVote = MessageOf<typeof CastVote>;

/** Says with which key an organisation signs votes on blocks; by its own officer. */
export const RegisterValidator = defineMessage('network', 'RegisterValidator', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  publicKey: field.bytes(32),
  /** Of that key, over the organisation. */
  signature: field.bytes(64),
});
export type RegisterValidator = MessageOf<typeof RegisterValidator>;

/** Puts free stake behind the own validator; by the own officer. */
export const BondStake = defineMessage('network', 'BondStake', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  amount: field.integer(1),
});
export type BondStake = MessageOf<typeof BondStake>;

/** Takes stake back, which is free when the time of unbonding has passed; by the own officer. */
export const UnbondStake = defineMessage('network', 'UnbondStake', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  amount: field.integer(1),
});
export type UnbondStake = MessageOf<typeof UnbondStake>;

/** Ends a jail for absence when its time has passed; by the own officer. */
export const UnjailValidator = defineMessage('network', 'UnjailValidator', {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});
export type UnjailValidator = MessageOf<typeof UnjailValidator>;
