import { defineErrors } from '@ward/protocol';

/** Refusals of the state machine itself; each contract has its own beside them. */
export const refuse = defineErrors({
  GENESIS_INVALID: {
    status: 400,
    fields: ['reason', 'member'],
    text: 'The genesis does not describe a network that could begin.',
    next: 'Give every member its own account, whole keys and a role; one is an active registrar.',
  },
  BLOCK_INVALID: {
    status: 400,
    fields: ['height', 'reason'],
    text: 'The block does not follow the last one, or is larger than a block may be.',
    next: 'Propose another block; keep the proposer of this one in mind.',
  },
  NETWORK_MISMATCH: {
    status: 400,
    fields: [],
    text: 'The transaction is for another network or chain.',
    next: 'Use the network file of the network that you mean.',
  },
  TRANSACTION_EXPIRED: {
    status: 400,
    fields: ['validUntil', 'time'],
    text: 'The transaction was valid until a time that has passed.',
    next: 'Make and sign a new one; check the clock of this machine.',
  },
  TRANSACTION_TOO_FAR: {
    status: 400,
    fields: ['validUntil', 'time'],
    text: 'The transaction is valid for longer than the ledger can remember it.',
    next: 'Let it be valid for at most 180 seconds.',
  },
  TRANSACTION_REPLAYED: {
    status: 409,
    fields: [],
    text: 'The same transaction was taken before.',
    next: 'Ask for its receipt by its id; nothing was done twice.',
  },
  SIGNER_UNKNOWN: {
    status: 403,
    fields: ['signer'],
    text: 'A signer has no such account, or the key is none of its keys now.',
    next: 'Check account and key; a key must be added by an officer before it counts.',
  },
  SIGNER_TWICE: {
    status: 400,
    fields: ['signer'],
    text: 'A signer is listed twice for the same account with the same key.',
    next: 'List each signer once; two signatures of one account need two of its keys.',
  },
  SIGNER_ROLE: {
    status: 403,
    fields: [],
    text: 'The message needs a signer in another role, or with another kind of key.',
    next: 'See the contract for who must sign this message.',
  },
  ORGANISATION_SUSPENDED: {
    status: 403,
    fields: ['organisation'],
    text: 'The organisation is suspended.',
    next: 'Ask who suspended it, the registrar or the members; they can reinstate it.',
  },
  NETWORK_HALTED: {
    status: 503,
    fields: [],
    text: 'The members have halted the network: only proposals and votes are taken.',
    next: 'Wait until they let it go on; nothing was done.',
    retry: true,
  },
  NETWORK_PROMOTED: {
    status: 410,
    fields: [],
    text: 'This ledger was promoted: it goes on as another chain, and nothing more is taken here.',
    next: 'Cross over to the chain that goes on, and sign for that one.',
  },
  PROMOTION_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The ledger was not promoted, or the node was not given what shows it.',
    next: 'Ask a node of the chain that goes on.',
  },
  PROMOTION_INVALID: {
    status: 502,
    fields: ['height', 'reason'],
    text: 'The node shows a chain that the one which this client knows was not promoted to.',
    next: 'Ask another node; nothing of the shown chain was believed.',
  },
  UPGRADE_NEEDED: {
    status: 503,
    fields: ['height', 'planned', 'digest'],
    text: 'The members decided that another release executes from this height on.',
    next: 'Install the release whose SHA-256 is this digest, and start the node again.',
  },
  UPGRADE_EARLY: {
    status: 503,
    fields: ['height', 'planned'],
    text: 'This release does not execute this height: its time has not come, or has passed.',
    next: 'Start the release that the network runs now; change at the height that is planned.',
  },
  MESSAGE_UNKNOWN: {
    status: 400,
    fields: [],
    text: 'No contract of this ledger knows the message.',
    next: 'Check contract and name; the ledger may run an older version.',
  },
  HEIGHT_NOT_RETAINED: {
    status: 410,
    fields: ['height', 'oldest', 'newest'],
    text: 'The state of that height is not kept, or not there yet.',
    next: 'Ask for a height between the oldest and the newest.',
  },
  LEDGER_STALE: {
    status: 503,
    fields: ['height', 'ageSeconds'],
    text: 'The newest block that can be verified is too old to judge the present by.',
    next: 'Check that the network runs and that the clock of this machine is right.',
    retry: true,
  },
  RECORD_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The ledger proves that there is no such record.',
    next: 'Check the id.',
  },
});
