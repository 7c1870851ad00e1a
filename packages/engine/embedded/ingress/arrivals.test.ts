import type { VerifiedTransaction } from '@ward/ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARRIVALS_MAX, ArrivalsWriter, readArrivals } from './arrivals.ts';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const origin = fc.record({ rpIdHash: digest, origin: fc.string({ maxLength: 100 }) });
const transaction: fc.Arbitrary<VerifiedTransaction> = fc.record({
  envelope: fc.uint8Array({ minLength: 1, maxLength: 400 }),
  id: digest,
  digest,
  passkeys: fc.array(fc.option(origin, { nil: undefined }), { minLength: 1, maxLength: 8 }),
});
const token = fc.integer({ min: 0, max: 0xffffffff });

describe('arrivals', () => {
  it('are unpacked as they were packed', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ token, transaction }), { maxLength: 30 }), (arrivals) => {
        const writer = new ArrivalsWriter();
        for (const arrival of arrivals) writer.add(arrival.token, arrival.transaction);
        expect(writer.count).toBe(arrivals.length);
        expect(readArrivals(writer.take())).toEqual(arrivals);
        expect(writer.count).toBe(0);
      }),
    );
  });

  it('are handed over when they are many, or large', () => {
    const one = {
      envelope: new Uint8Array(10),
      id: new Uint8Array(32),
      digest: new Uint8Array(32),
    };
    const plain = { ...one, passkeys: [undefined] };
    for (const max of [ARRIVALS_MAX, 3]) {
      const writer = new ArrivalsWriter(max);
      for (let i = 1; i < max; i++) writer.add(i, plain);
      expect(writer.isFull).toBe(false);
      writer.add(0, plain);
      expect(writer.isFull).toBe(true);
      expect(readArrivals(writer.take())).toHaveLength(max);
      writer.add(0, { ...plain, envelope: new Uint8Array(1024 * 1024) });
      expect(writer.isFull).toBe(true);
    }
  });

  it('take one buffer with nothing in it but themselves', () => {
    const writer = new ArrivalsWriter();
    const id = new Uint8Array(32).fill(1);
    writer.add(5, { envelope: Uint8Array.of(9), id, digest: id, passkeys: [undefined] });
    const buffer = writer.take();
    expect(buffer.byteLength).toBe(4 + 16 + 32 + 32 + 1);
    const moved = structuredClone(buffer, { transfer: [buffer] });
    expect(readArrivals(moved)[0]!.transaction.envelope).toEqual(Uint8Array.of(9));
  });
});
