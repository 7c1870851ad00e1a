import { field } from '@ward/protocol';
import { defineMessage, type MessageOf } from '../../schema/define-message.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

/**
 * Writes slots of the signing organisation, each once and for ever.
 *
 * Each address is 32 bytes that only those who share a secret with the organisation can compute;
 * the ledger sees H(slot-org, organisation, address).
 */
export const WriteSlots = defineMessage('slots', 'WriteSlots', {
  slots: field.list(field.struct({ address: field.bytes(32), value: field.bytes(32) }), {
    min: 1,
    max: LEDGER_LIMITS.slotsPerMessageMax,
  }),
});
export type WriteSlots = MessageOf<typeof WriteSlots>;

/**
 * Writes the slot of a one-time key: `pk` signed network and value, any organisation carries it.
 */
export const CarrySlot = defineMessage('slots', 'CarrySlot', {
  pk: field.bytes(32),
  value: field.bytes(32),
  signature: field.bytes(64),
});
export type CarrySlot = MessageOf<typeof CarrySlot>;
