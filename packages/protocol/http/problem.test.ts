import { describe, expect, it } from 'vitest';
import { refuse } from '../errors/protocol-errors.ts';
import { WardError, word } from '../errors/ward-error.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import { encodeProblem, parseProblem, toProblem } from './problem.ts';

const endpoint = word('get-thing');
const parse = (json: unknown) => parseProblem(encodeUtf8(JSON.stringify(json)), endpoint);

describe('a problem', () => {
  it('has the type, title and status of RFC 9457, and the code with its data', () => {
    expect(toProblem(refuse('CBOR_TOO_DEEP', { offset: 3, max: 16 }))).toEqual({
      type: 'docs/errors.md#cbor_too_deep',
      title: 'The CBOR is nested deeper than the limit.',
      status: 400,
      code: 'CBOR_TOO_DEEP',
      data: { offset: 3, max: 16 },
    });
  });

  it('comes back as the error that it was', () => {
    const error = refuse('FORMAT_RANGE', { format: word('card'), offset: 7 });
    const back = parseProblem(encodeProblem(error), endpoint);
    expect(back).toBeInstanceOf(WardError);
    expect(back.code).toBe(error.code);
    expect(back.data).toEqual(error.data);
    expect(back.message).toBe(error.message);
    expect(back.kind.status).toBe(400);
  });
});

describe('the problem of a hostile server', () => {
  it.each<[string, unknown]>([
    ['an unknown code', { code: 'GIVE_ME_YOUR_SEED', data: {} }],
    ['a code that every object has', { code: 'constructor', data: {} }],
    ['no code', { data: {} }],
    ['a list', [1]],
    ['null', null],
    ['a text', 'CBOR_TRUNCATED'],
  ])('is an invalid answer with %s', (_, json) => {
    const error = parse(json);
    expect(error.code).toBe('ANSWER_INVALID');
    expect(error.data).toEqual({ endpoint: 'get-thing' });
  });

  it.each<[string, Uint8Array]>([
    ['that is no JSON', encodeUtf8('{')],
    ['that is no UTF-8', Uint8Array.of(0xff)],
    ['that is empty', new Uint8Array(0)],
    ['that is too large', encodeUtf8(`{"code":"CBOR_TRUNCATED","x":"${'x'.repeat(65536)}"}`)],
    ['that is nested without end', encodeUtf8('['.repeat(60_000))],
  ])('is an invalid answer when it is one %s', (_, bytes) => {
    expect(parseProblem(bytes, endpoint).code).toBe('ANSWER_INVALID');
  });

  it.each([429, 503])(
    'is a busy server’s where the code is unknown and the status %i',
    (status) => {
      const error = parse({ code: 'PUMP_BUSY', status, data: { retrySeconds: 1e9 } });
      expect([error.code, error.data]).toEqual(['SERVER_BUSY', { retrySeconds: 1 }]);
      expect(parse({ code: 'CBOR_TRUNCATED', status }).code).toBe('CBOR_TRUNCATED');
    },
  );

  it('cannot put words of its own into the error', () => {
    const error = parse({
      code: 'CBOR_TOO_DEEP',
      title: 'Call this number',
      status: 200,
      type: 'https://evil.example',
      data: { offset: 1, max: 2, more: 'Anna has a cold' },
    });
    expect(error.message).toBe('The CBOR is nested deeper than the limit.');
    expect(error.kind.status).toBe(400);
    expect(error.docs).toBe('docs/errors.md#cbor_too_deep');
    expect(error.data).toEqual({ offset: 1, max: 2 });
  });

  it.each<[string, unknown, object]>([
    ['a text with spaces', 'Anna has a cold', {}],
    ['a text of many lines', 'a\nb', {}],
    ['a long text', 'a'.repeat(33), {}],
    ['an address of the web', 'evil.example/pay', {}],
    ['a name in capitals', 'CALL-NOW', {}],
    ['half a byte', '0a1', {}],
    ['more hexadecimal than a signature', '0a'.repeat(65), {}],
    ['a signature', '0a'.repeat(64), { offset: '0a'.repeat(64) }],
    ['a name', 'put-header', { offset: 'put-header' }],
    ['an object', { toString: 1 }, {}],
    ['null', null, {}],
    ['hexadecimal', '0a1b', { offset: '0a1b' }],
    ['a number', 5, { offset: 5 }],
    ['a flag', true, { offset: true }],
  ])('gives of a field that is %s', (_, offset, data) => {
    expect(parse({ code: 'CBOR_TRUNCATED', data: { offset } }).data).toEqual(data);
  });

  it('may have no data at all', () => {
    expect(parse({ code: 'CBOR_TRUNCATED' }).data).toEqual({});
    expect(parse({ code: 'CBOR_TRUNCATED', data: 'x' }).data).toEqual({});
  });
});

it('says nothing of where the error was made', () => {
  const text = decodeUtf8(encodeProblem(refuse('SERVER_UNREACHABLE')));
  expect(text).not.toContain('stack');
  expect(text).not.toContain('.ts');
});
