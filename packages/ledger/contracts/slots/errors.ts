import { defineErrors } from '@ward/protocol';

export const refuse = defineErrors({
  SLOT_TAKEN: {
    status: 409,
    fields: ['slot'],
    text: 'The slot is written already; a slot is written once.',
    next: 'Read what it holds; if that is not yours, go on to the next address.',
  },
  SLOT_SIGNATURE: {
    status: 400,
    fields: [],
    text: "The signature of the slot's one-time key does not fit.",
    next: 'Sign network and value with the one-time key of this slot.',
  },
});
