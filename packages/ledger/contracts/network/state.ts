import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  defineFormat,
  type FormatOf,
  field,
  SEALING_KEY_BYTES,
} from '@ward/protocol';
import { defineState } from '../../schema/define-state.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

export const ROLES = [
  'association',
  'laboratory',
  'manufacturer',
  'payer',
  'pharmacy',
  'provider',
  'registrar',
  'regulator',
  'researcher',
] as const;
export type Role = (typeof ROLES)[number];

export const rolesField = field.list(field.word(ROLES), { max: ROLES.length });

const endpointField = field.nullable(field.text(LEDGER_LIMITS.endpointBytesMax));

/** Where an organisation's servers are; each an origin, or null where it runs none. */
export const endpointsField = field.struct({
  node: endpointField,
  vault: endpointField,
  custodian: endpointField,
  inbox: endpointField,
});

/** Keys of a custodian: requests are sealed to the one, receipts signed by the other. */
export const custodianField = field.struct({
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  publicKey: field.bytes(32),
});

/** A public member. All of it is public on purpose. */
export const Organisation = defineFormat('organisation', 1, {
  name: field.text(LEDGER_LIMITS.nameBytesMax),
  roles: rolesField,
  status: field.word(['active', 'suspended']),
  endpoints: endpointsField,
  /** Grants' envelopes are sealed to it. */
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  custodian: field.nullable(custodianField),
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
});

export function organisationKey(organisation: AccountId): Uint8Array {
  return networkState.organisations.key(organisation);
}

/** The two records of which there is one each. */
export const parametersKey = networkState.parameters.key();
export const directoryKey = networkState.directory.key();

/** At least one role, each once. */
export function hasWholeRoles(roles: readonly Role[]): boolean {
  return roles.length > 0 && new Set(roles).size === roles.length;
}
