import { ACCOUNT_ID_BYTES, field, SEALING_KEY_BYTES } from '@ward/protocol';
import { defineMessage, type MessageOf } from '../../schema/define-message.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { custodianField, endpointsField, rolesField } from './state.ts';

/** What an organisation says of itself, and may change by itself. */
const profileFields = {
  name: field.text(LEDGER_LIMITS.nameBytesMax),
  endpoints: endpointsField,
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  custodian: field.nullable(custodianField),
};

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
