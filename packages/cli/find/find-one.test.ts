import { parseHex, word } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { findOne } from './find-one.ts';

const ITEMS = [
  { id: 'aabbcc01', name: 'Hospital A' },
  { id: 'aabbcc02', name: 'Hospital B' },
  { id: 'ddeeff03', name: 'Laboratory' },
  { id: '123456aa', name: 'Labour office' },
  { id: 'fafafa04', name: 'Fa' },
];

function find(wanted: string): string {
  return findOne(wanted, {
    items: ITEMS,
    idOf: ({ id }) => parseHex(id),
    nameOf: ({ name }) => name,
    kind: word('organisation'),
  }).name;
}

describe('finding what a person means', () => {
  it.each([
    ['Hospital B', 'Hospital B'],
    ['hospital-b', 'Hospital B'],
    ['HOSPITAL_B', 'Hospital B'],
    ['laborat', 'Laboratory'],
    ['aabbcc02', 'Hospital B'],
    ['DDEEFF', 'Laboratory'],
    ['fa', 'Fa'],
  ])('finds by %s', (wanted, name) => {
    expect(find(wanted)).toBe(name);
  });

  it.each([
    ['aabbcc', 'ID_AMBIGUOUS'],
    ['hospital', 'ID_AMBIGUOUS'],
    ['labo', 'ID_AMBIGUOUS'],
    ['ddee', 'ID_TOO_SHORT'],
    ['999999', 'ID_UNKNOWN'],
    ['nobody', 'ID_UNKNOWN'],
    ['-', 'ID_UNKNOWN'],
    ['', 'ID_UNKNOWN'],
  ])('refuses %s with %s', (wanted, code) => {
    expect(codeOf(() => find(wanted))).toBe(code);
  });
});
