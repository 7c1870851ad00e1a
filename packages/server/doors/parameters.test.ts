import { callEndpoint, defineEndpoint, field, toHex } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseParameters } from './parameters.ts';

const FIELDS = {
  chart: field.bytes(4),
  count: field.integer(2, 1000),
  from: field.nullable(field.integer()),
  kind: field.nullable(field.word(['a', 'b'])),
};

const GOOD = { chart: '00ff10ab', count: '17' };

describe('parameters of path and query', () => {
  it('are read by their schemas, and may be left out where they are nullable', () => {
    expect(parseParameters(FIELDS, GOOD)).toEqual({
      chart: Uint8Array.of(0, 255, 16, 171),
      count: 17,
      from: null,
      kind: null,
    });
    const all = parseParameters(FIELDS, { ...GOOD, from: '0', kind: 'b' });
    expect(all).toMatchObject({ from: 0, kind: 'b' });
  });

  it.each([
    ['a missing one', { count: '17' }, 0],
    ['bytes that are too short', { ...GOOD, chart: '00ff10' }, 0],
    ['bytes that are too long', { ...GOOD, chart: '00ff10ab00' }, 0],
    ['bytes in capitals', { ...GOOD, chart: '00FF10AB' }, 0],
    ['a number below its bound', { ...GOOD, count: '1' }, 1],
    ['a number above its bound', { ...GOOD, count: '1001' }, 1],
    ['a number with a zero before it', { ...GOOD, count: '017' }, 1],
    ['a number with a sign', { ...GOOD, count: '+17' }, 1],
    ['a number that is none', { ...GOOD, count: '1e2' }, 1],
    ['a number beyond the safe ones', { ...GOOD, from: '9007199254740993' }, 2],
    ['a word that is not known', { ...GOOD, kind: 'c' }, 3],
    ['the same one twice', { ...GOOD, count: ['17', '18'] }, 1],
    ['one that the endpoint does not have', { ...GOOD, other: '1' }, 4],
  ])('refuses %s', (_, texts, position) => {
    expect(codeOf(() => parseParameters(FIELDS, texts))).toBe('PARAMETER_INVALID');
    expect(() => parseParameters(FIELDS, texts)).toThrow(
      expect.objectContaining({ data: { position } }),
    );
  });

  it('come out as the client put them in', async () => {
    const endpoint = defineEndpoint({
      ...{ name: 'test-parameters', method: 'GET', path: '/test/:chart', summary: '' },
      params: { chart: FIELDS.chart },
      query: { count: FIELDS.count, from: FIELDS.from },
      ...{ body: null, answer: null, signedBy: 'nobody' },
    });
    const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const from = fc.option(fc.maxSafeNat());
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 2, max: 1000 }), from, async (chart, count, at) => {
        let target = '';
        const transport = {
          name: 'test',
          send: async (request: { target: string }) => {
            target = request.target;
            return { status: 204, headers: {}, body: (async function* () {})() };
          },
        };
        await callEndpoint(
          endpoint,
          { params: { chart }, query: { count, from: at }, body: null },
          transport,
        );
        const url = new URL(target, 'http://x');
        expect(url.pathname).toBe(`/test/${toHex(chart)}`);
        const query = parseParameters(endpoint.query, Object.fromEntries(url.searchParams));
        expect(query).toEqual({ count, from: at });
      }),
    );
  });
});
