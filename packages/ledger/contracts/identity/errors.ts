import { defineErrors } from '@ward/protocol';

export const refuse = defineErrors({
  ACCOUNT_TAKEN: {
    status: 409,
    fields: ['account'],
    text: 'There is an account with this id already.',
    next: 'Open the account under a new random id.',
  },
  ACCOUNT_UNKNOWN: {
    status: 404,
    fields: ['account'],
    text: 'There is no account with this id.',
    next: 'Check the id; an account must be opened before anything is done with it.',
  },
  ACCOUNT_FULL: {
    status: 409,
    fields: ['max'],
    text: 'The account has as many keys, past ones included, as an account may have.',
    next: 'Open a further account for the organisation and use that.',
  },
  KEY_FORM: {
    status: 400,
    fields: ['key'],
    text: 'A key does not have the form of its kind.',
    next: 'Give 32 bytes of Ed25519; a passkey is for officers, with where it was enrolled.',
  },
  KEY_TAKEN: {
    status: 409,
    fields: ['key'],
    text: 'The account has, or once had, this key.',
    next: 'Make a new key pair: a key that was ended never counts again.',
  },
  KEY_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The account has no such key.',
    next: 'Read the account and name one of its keys.',
  },
  KEY_ENDED: {
    status: 409,
    fields: ['until'],
    text: 'The key ended already, or will end earlier than that.',
    next: 'Nothing is left to do; an end can be brought forward, never put off.',
  },
  KEY_END_PAST: {
    status: 400,
    fields: ['until', 'time'],
    text: 'A key cannot end in the past: what it signed then counts.',
    next: 'End it now, or at a later second.',
  },
  OFFICER_MISSING: {
    status: 400,
    fields: [],
    text: "An organisation's first account needs the key of an officer.",
    next: 'Give at least one key of the kind officer.',
  },
  OFFICER_LAST: {
    status: 409,
    fields: [],
    text: "This is the last officer's key of the organisation's first account.",
    next: 'Add the key of another officer first, else nobody could act for the organisation.',
  },
});
