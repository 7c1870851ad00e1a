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
  BACKUP_TAKEN: {
    status: 409,
    fields: [],
    text: 'There is a file where the backup should be written.',
    next: 'Name a file that does not exist yet.',
  },
  NODE_BACKUP_INVALID: {
    status: 400,
    fields: [],
    text: 'The file is no backup of a node, was cut or altered, or the passphrase is another.',
    next: 'Check file and passphrase, or take an older backup.',
  },
  BACKUP_UNPROVED: {
    status: 400,
    fields: ['height'],
    text: 'The state in the backup is not the one that the validators have signed.',
    next: 'Do not use this backup: it was altered. Take another one.',
  },
  PROMOTION_DIFFERS: {
    status: 409,
    fields: ['height'],
    text: 'The ledger of this home did not end with that block, or was promoted by another plan.',
    next: 'Take genesis and last block from the node that ran this home.',
  },
  NODE_RESTORED: {
    status: 409,
    fields: [],
    text: 'This home came out of a backup: if the old node still runs, both would sign blocks.',
    next: 'Make sure that the old one is gone for ever, then run ward node take-over.',
  },
  NODE_NOT_RESTORED: {
    status: 409,
    fields: [],
    text: 'This home did not come out of a backup, or was taken over before.',
    next: 'Start it as it is.',
  },
  RESTORED_BEHIND: {
    status: 409,
    fields: ['height', 'seen'],
    text: 'Others have seen blocks of this ledger that the backup does not have.',
    next: 'Find a newer backup or the old disk: going on from here would make a second history.',
  },
  NODE_NOT_RUNNING: {
    status: 503,
    fields: [],
    text: 'No node runs on this home, or the path of the home is too long for a socket in it.',
    next: 'Start it with ward node start, on a home with a path of fewer than 90 characters.',
  },
  NODE_WITHOUT_PEERS: {
    status: 409,
    fields: [],
    text: 'A node that has no peers makes no snapshots: nobody could take them.',
    next: 'Run ward node backup for a copy of your own.',
  },
  ORDER_FAILED: {
    status: 500,
    fields: [],
    text: 'The node that runs on this home could not do it.',
    next: 'Look into the log of the node, then run the command again.',
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
