import { errorCatalogue, toHex, WardError, word } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { refuse as refuseSlots } from '../contracts/slots/errors.ts';
import { refuse } from '../schema/errors.ts';
import { Outcome } from '../schema/outcome.ts';
import { appliedResult, refusedResult } from './outcomes.ts';

describe('the result of a transaction', () => {
  it('that applied is always the same bytes', () => {
    expect(appliedResult.code).toBe(0);
    expect(Outcome.decode(appliedResult.data)).toEqual({ verdict: { kind: 'applied' } });
    expect(toHex(appliedResult.data)).toBe('820182676170706c69656480');
  });

  it('that was refused tells code, message and data as they stand in the catalogue', () => {
    const slot = toHex(new Uint8Array(32).fill(0xee));
    const { code, data } = refusedResult(refuseSlots('SLOT_TAKEN', { slot }), 3);
    expect(code).toBe(1);
    expect(Outcome.decode(data).verdict).toEqual({
      kind: 'refused',
      message: 3,
      code: 'SLOT_TAKEN',
      data: [{ name: 'slot', value: slot }],
    });
    const expired = refuse('TRANSACTION_EXPIRED', { validUntil: 12, time: 34 });
    expect(Outcome.decode(refusedResult(expired, null).data).verdict).toMatchObject({
      message: null,
      data: [
        { name: 'validUntil', value: '12' },
        { name: 'time', value: '34' },
      ],
    });
  });

  it('fits its format for every code that there is, with the longest data', () => {
    const longest = toHex(new Uint8Array(64));
    for (const [code, kind] of errorCatalogue()) {
      const data = Object.fromEntries(kind.fields.map((field) => [field, longest]));
      const { data: bytes } = refusedResult(new WardError(code, kind, data), 0xffff);
      expect(Outcome.decode(bytes).verdict).toMatchObject({ kind: 'refused', code });
    }
  });

  it('writes numbers, words and truths in one way', () => {
    const kind = { status: 400, text: '', next: '', fields: ['a', 'b', 'c'] };
    const error = new WardError('TEST', kind, { a: 1e15, b: word('left'), c: true });
    const { verdict } = Outcome.decode(refusedResult(error, 0).data);
    expect(verdict).toMatchObject({
      data: [
        { name: 'a', value: '1000000000000000' },
        { name: 'b', value: 'left' },
        { name: 'c', value: 'true' },
      ],
    });
  });
});
