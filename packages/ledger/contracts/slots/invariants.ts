import { equalBytes } from '@ward/protocol';
import type { Invariant } from '../../contract/define-contract.ts';
import type { Slot, slotsState } from './state.ts';

type SlotsInvariant = Invariant<typeof slotsState>;

/** A migration writes it again in another form: it says the same as before. */
const isWrittenOnce: SlotsInvariant = ({ before, after }) => {
  const [was, is] = [before as Slot | null, after as Slot];
  return was === null || (equalBytes(was.value, is.value) && was.time === is.time);
};

const hasBlockTime: SlotsInvariant = ({ before, after }, _state, block) =>
  before !== null || (after as Slot).time === block.time;

export const slotsInvariants = {
  'A slot is written once and never changed.': isWrittenOnce,
  'A slot bears the time of the block that wrote it.': hasBlockTime,
};
