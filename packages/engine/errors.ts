import { defineErrors } from '@ward/protocol';

const KEEP_THE_HOME = 'Keep the home as it is and restore the ledger from a copy or another node.';

/** Codes of the engine: its home, its key, its doors. */
export const refuse = defineErrors({
  STORAGE_DAMAGED: {
    status: 500,
    fields: ['segment'],
    text: 'A file of the ledger is missing, too short or of an unknown form.',
    next: KEEP_THE_HOME,
  },
  STORAGE_FAILED: {
    status: 503,
    fields: [],
    text: 'The disk failed while the ledger was written; the engine has stopped.',
    next: 'Check the disk, then start again: what was acknowledged is there.',
  },
  DISK_FULL: {
    status: 507,
    fields: [],
    text: 'The disk of the node is full; it takes no transactions.',
    next: 'Free space on the node; then the same transaction may be sent again.',
    retry: true,
  },
  ENGINE_BUSY: {
    status: 503,
    fields: ['waiting'],
    text: 'More transactions wait than the node can take in.',
    next: 'Send the same transaction again in a moment.',
    retry: true,
  },
  ENGINE_STOPPED: {
    status: 503,
    fields: [],
    text: 'The engine is stopping, or has stopped; what became of the transaction is not known.',
    next: 'Send the same transaction again when the node is back: it is never done twice.',
    retry: true,
  },
  VALIDATOR_MISMATCH: {
    status: 500,
    fields: [],
    text: 'The key of this node is not the one validator that the genesis names.',
    next: 'Start with the validator key that belongs to this genesis.',
  },
  MEMBERS_GOVERN: {
    status: 500,
    fields: [],
    text: 'The members of this network choose its validators: one process cannot stand for them.',
    next: 'Run this network on CometBFT; one process is for a ledger that a registrar governs.',
  },
  SIGNING_STATE_INVALID: {
    status: 500,
    fields: [],
    text: 'The file that keeps what the validator signed last cannot be read.',
    next: KEEP_THE_HOME,
  },
  SIGNED_AHEAD: {
    status: 500,
    fields: ['height', 'signed'],
    text: 'The validator key has signed blocks that this ledger does not have.',
    next: 'An older copy was restored, or two nodes share a key. Find the newer ledger.',
  },
  SIGNED_OTHERWISE: {
    status: 500,
    fields: ['height'],
    text: 'The validator key has signed another block of this height.',
    next: 'This is the ledger of another node or an altered copy. Find the right one.',
  },
  ENGINE_MISSING: {
    status: 500,
    fields: [],
    text: 'The release of CometBFT that this version runs is not on this machine.',
    next: 'Run "npm run engine:install", or put it on the PATH.',
  },
  ENGINE_BROKEN: {
    status: 500,
    fields: ['height'],
    text: 'CometBFT asked for something that its protocol does not allow, or another chain.',
    next: KEEP_THE_HOME,
  },
  FIRST_STATE_MISSING: {
    status: 500,
    fields: [],
    text: 'This ledger continues another one, whose last state is not in this home.',
    next: 'Join anew with the first state of a member (--first-state), or by state sync (--light).',
  },
  SNAPSHOT_FOREIGN: {
    status: 500,
    fields: ['height'],
    text: 'The snapshot that this node began with was of another block than it said.',
    next: 'Remove the home of this node and join anew; keep in mind which nodes it asked.',
  },
  TRANSACTION_UNKNOWN: {
    status: 404,
    fields: [],
    text: 'The node knows no committed transaction with this id.',
    next: 'Check the id; if it was never answered, send the transaction again.',
  },
  FRAME_INVALID: {
    status: 400,
    fields: ['size', 'max'],
    text: 'A frame on the socket is empty or longer than a transaction can be.',
    next: 'Send the length as four bytes, the most significant first, then the envelope.',
  },
});
