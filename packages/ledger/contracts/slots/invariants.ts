import type { Invariant } from '../../contract/define-contract.ts';
import type { Slot, slotsState } from './state.ts';

type SlotsInvariant = Invariant<typeof slotsState>;

const isWrittenOnce: SlotsInvariant = ({ before }) => before === null;

const hasBlockTime: SlotsInvariant = ({ after }, _state, block) =>
  (after as Slot).time === block.time;

export const slotsInvariants = {
  'A slot is written once and never changed.': isWrittenOnce,
  'A slot bears the time of the block that wrote it.': hasBlockTime,
};
