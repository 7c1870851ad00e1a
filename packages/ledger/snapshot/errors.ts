import { defineErrors } from '@ward/protocol';

/** Why a snapshot is not made, or not taken. */
export const refuse = defineErrors({
  SNAPSHOT_INVALID: {
    status: 400,
    fields: ['chunk'],
    text: 'A chunk of the snapshot is not what stands in the ledger, or not the next one.',
    next: 'Take the chunk from another node, and keep the sender of this one in mind.',
  },
  SNAPSHOT_NOT_READY: {
    status: 409,
    fields: ['height'],
    text: 'This node joined so lately that it does not have all that a snapshot needs.',
    next: 'Wait four minutes, or ask another node.',
  },
});
