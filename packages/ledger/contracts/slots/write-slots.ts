import { type Digest, toHex } from '@ward/protocol';
import { workingAuthor } from '../../contract/author.ts';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse } from './errors.ts';
import { SlotsWritten } from './events.ts';
import { WriteSlots } from './messages.ts';
import type { SlotsScope } from './needs.ts';
import { writtenSlot } from './state.ts';

export const writeSlots = defineHandler(WriteSlots, {
  check(_message, { signers }: SlotsScope) {
    workingAuthor(signers);
  },

  apply(message, { signers, state, block, realm, emit }) {
    const { organisation } = workingAuthor(signers);
    const slots: Digest[] = [];
    for (const { address, value } of message.slots) {
      const slot = writtenSlot({ organisation, address }, realm);
      if (!state.slots.add({ value, time: block.time }, slot)) {
        throw refuse('SLOT_TAKEN', { slot: toHex(slot) });
      }
      slots.push(slot);
    }
    emit(SlotsWritten, { slots });
  },
});
