import { ACCOUNT_ID_BYTES, defineFormat, type FormatOf, field } from '@ward/protocol';

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
