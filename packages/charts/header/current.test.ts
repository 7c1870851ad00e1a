import { carriedSlot } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { SampleState } from '@ward/testkit/sample-opening';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChartHeader, successionValue, type VerifiedHeader } from './chart-header.ts';
import { currentKeys, isCurrent, provedValues } from './current.ts';

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, random, chart, header } = sample;

/** What a slot may hold: nothing, the right value, or another. */
type Held = 'nothing' | 'right' | 'other';
const HELD: readonly Held[] = ['nothing', 'right', 'other'];

interface Slots {
  readonly own: Held;
  readonly next: Held;
  readonly cold: Held;
  readonly predecessors: readonly Held[];
}

/** A chart with as many authorities before this one as there are slots for them. */
function headerWith(count: number): VerifiedHeader {
  const authorities = Array.from({ length: count }, () => ({
    ck: random.bytes(32),
    cold: random.bytes(32),
  }));
  return sample.sign({ predecessors: authorities });
}

function verdict({ own, next, cold, predecessors }: Slots): boolean {
  const shown = headerWith(predecessors.length);
  const state = new SampleState();
  const write = (slot: Uint8Array, held: Held, right: Uint8Array) => {
    if (held !== 'nothing') state.writeSlot(slot, held === 'right' ? right : random.bytes(32), 1);
  };
  const { header: each } = shown;
  write(carriedSlot(each.slot, realm), own, shown.digest);
  write(carriedSlot(each.nextSlot, realm), next, shown.digest);
  const authorities = [...each.predecessors, each.authority];
  write(each.authority.cold, cold, successionValue({ chart, authority: each.authority }, realm));
  for (const [i, held] of predecessors.entries()) {
    const authority = authorities[i + 1]!;
    write(authorities[i]!.cold, held, successionValue({ chart, authority }, realm));
  }
  const { claims } = state.prove(currentKeys(shown, realm), crypto);
  return isCurrent(shown, provedValues(claims), realm);
}

describe('the rule of the current header', () => {
  it('holds for one combination of its three slots, of all 27', () => {
    for (const own of HELD) {
      for (const next of HELD) {
        for (const cold of HELD) {
          const expected = own === 'right' && next === 'nothing' && cold === 'nothing';
          expect(verdict({ own, next, cold, predecessors: [] })).toBe(expected);
        }
      }
    }
  });

  it('asks of every authority before that its cold slot names the next, in all 81 cases', () => {
    const good = { own: 'right', next: 'nothing', cold: 'nothing' } as const;
    const rows = HELD.flatMap((a) => HELD.flatMap((b) => HELD.map((c) => [a, b, c])));
    for (const predecessors of rows) {
      const expected = predecessors.every((held) => held === 'right');
      expect(verdict({ ...good, predecessors })).toBe(expected);
    }
    expect(verdict({ ...good, predecessors: Array.from({ length: 16 }, () => 'right') })).toBe(
      true,
    );
  });

  it('holds for no other combination of slots and successions', () => {
    const held = fc.constantFrom(...HELD);
    const slots = fc.record({
      own: held,
      next: held,
      cold: held,
      predecessors: fc.array(held, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(slots, (each) => {
        const expected =
          each.own === 'right' &&
          each.next === 'nothing' &&
          each.cold === 'nothing' &&
          each.predecessors.every((one) => one === 'right');
        return verdict(each) === expected;
      }),
      { numRuns: 100 },
    );
  });

  it('takes the successions in their order only', () => {
    const shown = headerWith(2);
    const { predecessors, authority } = shown.header;
    const [first, second] = predecessors as ChartHeader['predecessors'];
    const state = new SampleState();
    state.writeSlot(carriedSlot(header.slot, realm), shown.digest, 1);
    state.writeSlot(first!.cold, successionValue({ chart, authority }, realm), 1);
    state.writeSlot(second!.cold, successionValue({ chart, authority: second! }, realm), 1);
    const { claims } = state.prove(currentKeys(shown, realm), crypto);
    expect(isCurrent(shown, provedValues(claims), realm)).toBe(false);
  });

  it('is not for a header whose next slot is its own', () => {
    const shown = sample.sign({ nextSlot: header.slot });
    const state = new SampleState();
    state.writeSlot(carriedSlot(header.slot, realm), shown.digest, 1);
    const { claims } = state.prove(currentKeys(shown, realm), crypto);
    expect(isCurrent(shown, provedValues(claims), realm)).toBe(false);
  });
});
