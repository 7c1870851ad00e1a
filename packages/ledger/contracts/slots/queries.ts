import type { Digest } from '@ward/protocol';
import type { ReadRecordsOf } from '../../contract/records.ts';
import type { Slot, slotsState } from './state.ts';

export interface SlotsQueries {
  /** What stands in a slot; null while nothing does. */
  slot(slot: Digest): Slot | null;
}

export function slotsQueries(state: ReadRecordsOf<typeof slotsState>): SlotsQueries {
  return { slot: (slot) => state.slots.get(slot) };
}
