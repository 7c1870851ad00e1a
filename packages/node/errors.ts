import { defineErrors } from '@ward/protocol';

const LATER = 'Wait as long as Retry-After says, then ask again.';

/** Codes of a node: its home, its carrier, its quotas. */
export const refuse = defineErrors({
  NODE_KEY_UNKNOWN: {
    status: 400,
    fields: [],
    text: 'The genesis does not know this service key as one of the organisation.',
    next: 'Give the service key that stands in the genesis, or the genesis that it stands in.',
  },
  INDEX_BEHIND: {
    status: 503,
    fields: ['height', 'newest'],
    text: 'The node is still reading its blocks and cannot say yet where the transaction is.',
    next: 'Ask again in a moment.',
    retry: true,
  },
  CARRIER_BUSY: {
    status: 503,
    fields: ['retrySeconds'],
    text: 'More slots wait to be carried than the node takes at once.',
    next: LATER,
    retry: true,
  },
  CARRIER_LIMITED: {
    status: 429,
    fields: ['retrySeconds'],
    text: 'Too many slots to carry came from this place.',
    next: 'Wait as long as Retry-After says, or ask the node of another organisation.',
    retry: true,
  },
  CARRIER_REFUSED: {
    status: 503,
    fields: [],
    text: 'The ledger takes no transactions of this node now, so it carries no slots.',
    next: 'Ask the node of another organisation; its operator finds the reason in the log.',
  },
  ORGANISATION_LIMITED: {
    status: 429,
    fields: ['retrySeconds'],
    text: 'The organisation has sent as many transactions as this node takes from one.',
    next: LATER,
    retry: true,
  },
  PROOFS_LIMITED: {
    status: 429,
    fields: ['retrySeconds'],
    text: 'So many proofs were asked for from this place that others would wait.',
    next: LATER,
    retry: true,
  },
});
