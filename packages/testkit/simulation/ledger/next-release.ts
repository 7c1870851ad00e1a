import { type BindContracts, bindBuiltIn, defineContract, OpenContract } from '@ward/ledger';
import { defineState, Slot, slotsState } from '@ward/ledger/schema';
import { defineFormat } from '@ward/protocol';

/** A slot as a later release keeps it: the same under another version. */
const LaterSlot = defineFormat('slot', 2, Slot.fields) as unknown as typeof Slot;
export const laterSlots = defineState('slots', { slots: LaterSlot }).slots;

/** The contracts of a later release, whose slots are migrated. */
export const bindNextRelease: BindContracts = (host) => {
  const { contracts, authority } = bindBuiltIn(host);
  const next = contracts.map((bound) => {
    const { contract } = bound;
    if (contract.name !== slotsState.slots.contract) return bound;
    const records = { slots: { format: Slot, convert: (old: unknown) => old } };
    const later = {
      ...contract,
      version: contract.version + 1,
      state: { slots: laterSlots },
      migrate: { from: contract.version, records },
    };
    return new OpenContract(defineContract(later as never), host).bind(null as never);
  });
  return { contracts: next, authority };
};
