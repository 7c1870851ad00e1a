import { defineFormat, type FormatOf, field } from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

/** Slots that a message wrote, as they stand in the state: clients match them locally. */
export const SlotsWritten = defineFormat('slots-written', 1, {
  slots: field.list(field.bytes(32), { max: LEDGER_LIMITS.slotsPerMessageMax }),
});
export type SlotsWritten = FormatOf<typeof SlotsWritten>;
