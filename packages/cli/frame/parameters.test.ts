import { word } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { duration, hex, integer, oneOf, origin, text, time } from './parameters.ts';

const NAME = word('--x');

describe('what command lines say', () => {
  it.each([
    ['45m', 2700],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
    ['90s', 90],
  ])('reads the duration %s', (given, seconds) => {
    expect(duration('').parse(given, NAME)).toBe(seconds);
  });

  it.each(['', '30', 'd', '-1d', '0d', '1.5h', '30 d', '30D', '9999999d', '30d\n'])(
    'refuses as a duration: %j',
    (given) => {
      expect(codeOf(() => duration('').parse(given, NAME))).toBe('ARGUMENT_INVALID');
    },
  );

  it.each([
    ['2027-01-31', 1_801_353_600],
    ['2027-01-31T12:00', 1_801_396_800],
    ['2027-01-31T12:00:30Z', 1_801_396_830],
    ['2027-01-31T12:00:00+02:00', 1_801_389_600],
  ])('reads the time %s', (given, seconds) => {
    expect(time('').parse(given, NAME)).toBe(seconds);
  });

  it.each(['tomorrow', '2027-13-01', '2027-02-31T99:00', '31.1.2027', '2027', '1960-01-01'])(
    'refuses as a time: %s',
    (given) => {
      expect(codeOf(() => time('').parse(given, NAME))).toBe('ARGUMENT_INVALID');
    },
  );

  it('reads whole numbers within their bounds only', () => {
    const count = integer('COUNT', { min: 1, max: 900 }, '');
    expect(count.parse('900', NAME)).toBe(900);
    for (const given of ['0', '901', '1e2', '0x10', ' 1', '1.0', '', '９']) {
      expect(
        codeOf(() => count.parse(given, NAME)),
        given,
      ).toBe('ARGUMENT_INVALID');
    }
  });

  it('reads words in any case, and no others', () => {
    const words = oneOf(['TREAT', 'ETREAT'], 'PURPOSE', '');
    expect(words.parse('treat', NAME)).toBe('TREAT');
    expect(codeOf(() => words.parse('TREA', NAME))).toBe('ARGUMENT_INVALID');
  });

  it('reads whole ids only', () => {
    const id = hex('ID', { bytes: 2 }, '');
    expect(id.parse('AB12', NAME)).toBe('ab12');
    for (const given of ['ab1', 'ab123', 'ab1g', '']) {
      expect(codeOf(() => id.parse(given, NAME))).toBe('ARGUMENT_INVALID');
    }
  });

  it('reads origins and nothing that is more than one', () => {
    expect(origin('').parse('https://vault.example.org:8443/', NAME)).toBe(
      'https://vault.example.org:8443',
    );
    const bad = ['vault.example.org', 'ftp://a', 'https://a/b', 'https://u:p@a', 'https://a?b'];
    for (const given of [...bad, 'https://a#b', 'javascript:alert(1)']) {
      expect(codeOf(() => origin('').parse(given, NAME))).toBe('ARGUMENT_INVALID');
    }
  });

  it('refuses text that is empty or endless', () => {
    expect(codeOf(() => text('TEXT', '').parse('', NAME))).toBe('ARGUMENT_INVALID');
    expect(codeOf(() => text('TEXT', '').parse('a'.repeat(4097), NAME))).toBe('ARGUMENT_INVALID');
  });
});
