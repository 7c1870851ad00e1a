import { toHex } from '@ward/protocol';
import { workingAuthor } from '../../contract/author.ts';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse } from './errors.ts';
import { SlotsWritten } from './events.ts';
import { CarrySlot } from './messages.ts';
import type { SlotsScope } from './needs.ts';
import { carriedBytes, carriedSlot } from './state.ts';

export const carrySlot = defineHandler(CarrySlot, {
  check({ pk, value, signature }, { signers, realm }: SlotsScope) {
    workingAuthor(signers);
    const { ed25519 } = realm.crypto;
    if (!ed25519.verify(signature, carriedBytes(value, realm), pk)) throw refuse('SLOT_SIGNATURE');
  },

  apply({ pk, value }, { state, block, realm, emit }) {
    const slot = carriedSlot(pk, realm);
    if (!state.slots.add({ value, time: block.time }, slot)) {
      throw refuse('SLOT_TAKEN', { slot: toHex(slot) });
    }
    emit(SlotsWritten, { slots: [slot] });
  },
});
