import { defineState, Slot } from '@ward/ledger/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerState, REPLAY_PLACES, replayKey } from './ledger-state.ts';
import { ownerOf } from './state-key.ts';

const name = fc.stringMatching(/^[a-z]{1,12}$/);

describe('the owner of a key', () => {
  it('is read from the key alone', () => {
    fc.assert(
      fc.property(
        name,
        name,
        fc.array(fc.uint8Array({ maxLength: 40 })),
        (contract, own, parts) => {
          const key = defineState(contract, { [own]: Slot })[own]!.key(...parts);
          expect(ownerOf(key)).toEqual({ contract, collection: own });
        },
      ),
    );
  });
});

describe('the keys of minutes', () => {
  it('are used again after eight minutes, not before', () => {
    const keys = Array.from({ length: 24 }, (_, minute) => replayKey(1000 + minute).join());
    for (const [minute, key] of keys.entries()) {
      for (const [other, again] of keys.entries()) {
        expect(key === again).toBe((minute - other) % REPLAY_PLACES === 0);
      }
    }
    expect(ownerOf(replayKey(3))).toEqual({ contract: 'ledger', collection: 'replay' });
    expect(ledgerState.contracts.contract).toBe('ledger');
  });
});
