import { defineErrors } from '@ward/protocol';

/** What a custodian refuses beside openings, whose codes stand with the rules of consent. */
export const refuse = defineErrors({
  SHARE_TAKEN: {
    status: 409,
    fields: [],
    text: 'The custodian has receipted another share of this dealing; no organisation has two.',
    next: 'Deal a new release key.',
  },
  SHARES_TOO_MANY: {
    status: 403,
    fields: ['max'],
    text: 'The custodian holds as many shares as it may, in all or for this chart.',
    next: 'Choose another custodian, or ask the operator.',
  },
  ERASURE_UNPROVED: {
    status: 409,
    fields: [],
    text: 'The header does not say that the chart is erased.',
    next: 'Publish a header with the state erased, then show that one.',
  },
  SUCCESSOR_UNNAMED: {
    status: 403,
    fields: [],
    text: 'The ledger does not name this organisation as the successor of the one that signed.',
    next: 'Name the successor in the ledger first, by an officer of the organisation that leaves.',
  },
  SHARE_CONFLICT: {
    status: 409,
    fields: ['position'],
    text: 'This organisation holds a share of the same release key already: one each is the rule.',
    next: 'Leave that one out, and have the owner deal again.',
  },
});
