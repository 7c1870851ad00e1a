import { describe, expect, it } from 'vitest';
import { findTerms } from './find-terms.ts';

describe('the search of the dump', () => {
  it('finds texts anywhere, at the start, the end and across each other', () => {
    const bytes = Buffer.from('Ünnamed, 1970-01-02 and abcdef');
    expect(
      findTerms(bytes, ['1970-01-02', 'Ünnamed', 'abcdef', 'cdef', 'named, 19', 'absent']),
    ).toEqual(['Ünnamed', 'named, 19', '1970-01-02', 'abcdef', 'cdef']);
  });

  it('leaves out texts that are too short to mean anything', () => {
    expect(findTerms(Buffer.from('abc'), ['abc'])).toEqual([]);
  });
});
