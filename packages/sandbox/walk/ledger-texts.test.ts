import '@ward/ledger/schema';
import { describe, expect, it } from 'vitest';
import { findTerms } from './find-terms.ts';
import { readLedgerTexts, withoutOwnWords } from './ledger-texts.ts';

function read(lines: readonly { readonly [field: string]: never }[]) {
  const dump = async function* () {
    yield* lines;
  };
  return readLedgerTexts({ ledger: { dump } } as never);
}
const line = (value: object) => value as { readonly [field: string]: never };

describe('the texts of a ledger', () => {
  it('are its values, as text and as what a hexadecimal text stands for', async () => {
    const value = Buffer.from('Synthetic-Name').toString('hex');
    const { bytes, lines } = await read([line({ a: [{ b: value }] }), line({ c: 12345 })]);
    expect(lines).toBe(2);
    expect(findTerms(bytes, ['Synthetic-Name', value, '12345'])).toHaveLength(3);
  });

  it('are not joined: nothing is found across two of them', async () => {
    const { bytes } = await read([line({ a: 'Synth', b: 'etic' })]);
    expect(findTerms(bytes, ['Synthetic'])).toEqual([]);
  });

  it('leave out words of the network, and nothing else', async () => {
    const before = await read([line({ name: 'Laboratory of the North', roles: ['pharmacy'] })]);
    const found = [
      'Laboratory',
      'pharmacy',
      'WriteSlots',
      'PROOF_INVALID',
      'Synthetic-Name',
      'North 1',
    ];
    expect(withoutOwnWords(found, before)).toEqual(['Synthetic-Name', 'North 1']);
  });
});
