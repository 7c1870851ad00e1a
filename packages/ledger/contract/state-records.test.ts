import { defineFormat, field } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommittedState, WorkingState } from '../machine/working-state.ts';
import { defineState } from '../schema/define-state.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import { StateRecords } from './state-records.ts';

const Thing = defineFormat('test-thing', 1, { number: field.integer(0, 1000) });
const Blob_ = defineFormat('test-blob', 1, { bytes: field.bytesBetween(0, 100_000) });
const { things, single, blobs } = defineState('things', {
  things: Thing,
  single: Thing,
  blobs: Blob_,
});

/** A committed state that takes over what the working state wrote. */
class Committed implements CommittedState {
  readonly #values = new Map<string, Uint8Array>();
  reads = 0;

  has(keyHash: Int32Array): boolean {
    return this.#values.has(keyHash.join());
  }

  read(keyHash: Int32Array): Uint8Array | null {
    this.reads++;
    return this.#values.get(keyHash.join()) ?? null;
  }

  take({ overlay }: WorkingState): void {
    const { batch, values } = overlay.toWrites();
    for (const [i, value] of values.entries()) {
      this.#values.set(batch.keyHashes.slice(i * 8, i * 8 + 8).join(), value);
    }
    overlay.clear();
  }
}

function setUp() {
  const committed = new Committed();
  const state = new WorkingState(committed);
  const records = new StateRecords(things, state, things.value.decode);
  const one = new StateRecords(single, state, single.value.decode);
  return { committed, state, records, one };
}

type Step =
  | { readonly do: 'put' | 'add'; readonly id: number; readonly number: number }
  | { readonly do: 'commit' | 'discard' | 'mark' | 'rollback' };

const id = (number: number) => Uint8Array.of(number);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('put' as const, 'add' as const),
    id: fc.nat(5),
    number: fc.nat(1000),
  }),
  fc.record({ do: fc.constantFrom('commit' as const, 'discard' as const) }),
  fc.record({ do: fc.constantFrom('mark' as const, 'rollback' as const) }),
);

describe('records', () => {
  it('are always the last that was put, whatever was cached, taken back or committed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { committed, state, records } = setUp();
        let settled = new Map<number, number>();
        let now = new Map<number, number>();
        let marked = { mark: 0, values: new Map<number, number>() };
        for (const one of steps) {
          if (one.do === 'put') {
            records.put({ number: one.number }, id(one.id));
            now.set(one.id, one.number);
          } else if (one.do === 'add') {
            expect(records.add({ number: one.number }, id(one.id))).toBe(!now.has(one.id));
            if (!now.has(one.id)) now.set(one.id, one.number);
          } else if (one.do === 'mark') {
            marked = { mark: state.overlay.mark(), values: new Map(now) };
          } else if (one.do === 'rollback') {
            state.overlay.rollback(marked.mark);
            now = new Map(marked.values);
          } else {
            if (one.do === 'commit') {
              committed.take(state);
              settled = new Map(now);
            } else {
              state.overlay.clear();
              now = new Map(settled);
            }
            records.settle(one.do === 'commit');
            marked = { mark: 0, values: new Map(now) };
          }
          for (let n = 0; n <= 5; n++) {
            expect(records.get(id(n))?.number).toBe(now.get(n));
            expect(records.has(id(n))).toBe(now.has(n));
          }
        }
      }),
    );
  });

  it('are read from the committed state once, until something in the collection changes', () => {
    const { committed, state, records, one } = setUp();
    records.put({ number: 1 }, id(1));
    one.put({ number: 9 });
    committed.take(state);
    for (const settled of [records, one]) settled.settle(true);
    for (let i = 0; i < 50; i++) {
      expect(records.get(id(1))).toEqual({ number: 1 });
      expect(one.get()).toEqual({ number: 9 });
    }
    expect(committed.reads).toBe(2);
    records.put({ number: 2 }, id(1));
    committed.take(state);
    records.settle(true);
    expect([records.get(id(1)), one.get()]).toEqual([{ number: 2 }, { number: 9 }]);
    expect(committed.reads).toBe(3);
  });

  it('may have keys of several parts', () => {
    const { records } = setUp();
    records.put({ number: 1 }, id(1), id(2));
    records.put({ number: 2 }, Uint8Array.of(1, 2));
    expect([
      records.get(id(1), id(2)),
      records.get(Uint8Array.of(1, 2)),
      records.get(id(1)),
    ]).toEqual([{ number: 1 }, { number: 2 }, null]);
  });

  it('are checked by their format, and never longer than a value may be', () => {
    const { state, records } = setUp();
    expect(() => records.put({ number: 1001 }, id(1))).toThrow();
    const large = new StateRecords(blobs, state, blobs.value.decode);
    large.put({ bytes: new Uint8Array(LEDGER_LIMITS.valueBytesMax - 10) }, id(1));
    expect(() => large.put({ bytes: new Uint8Array(LEDGER_LIMITS.valueBytesMax) }, id(2))).toThrow(
      'too long',
    );
    expect([records.has(id(1)), large.has(id(1)), large.has(id(2))]).toEqual([false, true, false]);
  });
});
