import { describe, expect, it } from 'vitest';
import { findTerms } from './find-terms.ts';

describe('the search of the dump', () => {
  it('finds texts anywhere, at the start, the end and across each other', () => {
    const bytes = Buffer.from('Ünnamed, 1970-01-02 and uvwxyz');
    expect(
      findTerms(bytes, ['1970-01-02', 'Ünnamed', 'uvwxyz', 'wxyz', 'named, 19', 'absent']),
    ).toEqual(['Ünnamed', 'named, 19', '1970-01-02', 'uvwxyz', 'wxyz']);
  });

  it('finds a postcode that stands for itself, not digits in the middle of a digest', () => {
    expect(findTerms(Buffer.from('{"id":"9f00257ac1"}'), ['00257'])).toEqual([]);
    expect(findTerms(Buffer.from('{"zip":"00257"}'), ['00257'])).toEqual(['00257']);
    expect(findTerms(Buffer.from('00257'), ['00257'])).toEqual(['00257']);
  });

  it('finds a UUID as text and as its bytes', () => {
    const id = '0edbf0a2-10d4-4ccd-a522-6aaeb41f2b41';
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    expect(findTerms(Buffer.from(`[${id}]`), [id])).toEqual([id]);
    expect(findTerms(Buffer.concat([Buffer.from('a'), bytes, Buffer.from('b')]), [id])).toEqual([
      id,
    ]);
    expect(findTerms(bytes.subarray(1), [id])).toEqual([]);
  });

  it('leaves out texts that are too short to mean anything', () => {
    expect(findTerms(Buffer.from('abc'), ['abc'])).toEqual([]);
  });
});
