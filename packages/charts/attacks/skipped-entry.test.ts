import { slotKey } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { decide } from '../opening/decide.ts';

// The owner walks the entries of a grant to the first that is absent. A grantee that leaves one out
// and goes on behind it would open unseen, if a custodian asked for no more than the entry before.

const crypto = await loadCrypto();

/** Entries 0 and 1 stand, 2 is left out, 3 and 4 stand; 4 is shown. */
async function skip(entriesProved: number) {
  const opening = await SampleOpening.make(crypto);
  opening.entryNumber = 4;
  opening.entriesProved = entriesProved;
  opening.commit();
  opening.state.delete(slotKey(opening.slotOf(2)));
  return opening;
}

/** Numbers of the entries that the owner finds. */
function walk(opening: SampleOpening): number[] {
  const found: number[] = [];
  for (let n = 0; ; n++) {
    const { claims } = opening.state.prove([slotKey(opening.slotOf(n))], crypto);
    if (claims[0]!.value === null) return found;
    found.push(n);
  }
}

describe('an entry behind a hole', () => {
  it('is one that the walk of the owner does not find', async () => {
    expect(walk(await skip(0))).toEqual([0, 1]);
  });

  it('would be answered if only the one before were asked for', async () => {
    const { input, clock, realm } = (await skip(3)).show();
    expect(decide(input, clock, realm)).toHaveLength(2);
  });

  it('is refused, also by a custodian that remembers what was there before the hole', async () => {
    for (const entriesProved of [0, 1, 2]) {
      const { input, clock, realm } = (await skip(entriesProved)).show();
      expect(codeOf(() => decide(input, clock, realm))).toBe('ENTRY_GAP');
    }
  });

  it('is permitted once the hole is filled, and is then found', async () => {
    const opening = await skip(0);
    opening.state.writeSlot(opening.slotOf(2), new Uint8Array(32), opening.entryTime);
    const { input, clock, realm } = opening.show();
    expect(decide(input, clock, realm)).toHaveLength(2);
    expect(walk(opening)).toEqual([0, 1, 2, 3, 4]);
  });
});
