import { defineErrors } from '@ward/protocol';

export const refuse = defineErrors({
  ORGANISATION_UNKNOWN: {
    status: 404,
    fields: ['organisation'],
    text: 'There is no such organisation.',
    next: 'Check the id; the directory lists all members.',
  },
  ORGANISATION_TAKEN: {
    status: 409,
    fields: ['organisation'],
    text: 'The organisation is a member already.',
    next: 'Nothing is left to do; its own officer changes what it says of itself.',
  },
  ORGANISATION_WITHOUT_ACCOUNT: {
    status: 409,
    fields: ['organisation'],
    text: 'The organisation has no first account.',
    next: 'Open an account under the id of the organisation, in the same transaction or before.',
  },
  ORGANISATION_ACTIVE: {
    status: 409,
    fields: ['organisation'],
    text: 'The organisation is not suspended.',
    next: 'Nothing is left to do.',
  },
  ROLES_INVALID: {
    status: 400,
    fields: [],
    text: 'An organisation needs at least one role, and each once.',
    next: 'List every role that the organisation has, once.',
  },
  DIRECTORY_FULL: {
    status: 409,
    fields: ['max'],
    text: 'The network has as many organisations as its directory can list.',
    next: 'Ask the members to raise the limit with the next version.',
  },
  SUSPENDS_ITSELF: {
    status: 409,
    fields: [],
    text: 'A registrar cannot suspend itself: nobody might be left to reinstate it.',
    next: 'Ask another registrar.',
  },
  SUCCESSOR_INVALID: {
    status: 409,
    fields: [],
    text: 'Only a custodian names a successor, which is another active custodian.',
    next: 'Name an organisation that has published custodian keys.',
  },
  PARAMETERS_VERSION: {
    status: 409,
    fields: ['version', 'current'],
    text: 'The version of the rules of deciding must be above the current one.',
    next: 'Publish the rules under the next version.',
  },
});
