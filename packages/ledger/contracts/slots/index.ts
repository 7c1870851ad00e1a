import { defineContract } from '../../contract/define-contract.ts';
import { carrySlot } from './carry-slot.ts';
import { SlotsWritten } from './events.ts';
import { slotsInvariants } from './invariants.ts';
import { slotsQueries } from './queries.ts';
import { slotsState } from './state.ts';
import { writeSlots } from './write-slots.ts';

/** Write-once slots: all that the ledger holds of records, consents and accesses. */
export const slots = defineContract({
  name: 'slots',
  version: 1,
  state: slotsState,
  messages: [writeSlots, carrySlot],
  queries: slotsQueries,
  events: [SlotsWritten],
  invariants: slotsInvariants,
  migrate: null,
});
