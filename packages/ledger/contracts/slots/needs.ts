import type { Scope } from '../../contract/scope.ts';
import type { slotsState } from './state.ts';

/** Slots ask nothing of other contracts. */
export type SlotsNeeds = null;
export type SlotsScope = Scope<typeof slotsState, SlotsNeeds>;
