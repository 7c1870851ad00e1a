import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { findResources } from './find-resources.ts';
import { INGEST_LIMITS } from './limits.ts';

type Form = Parameters<typeof findResources>[1];

function found(text: string, form: Form = 'json'): string[] | undefined {
  const bytes = encodeUtf8(text);
  return findResources(bytes, form)?.map(({ start, end }) => decodeUtf8(bytes, start, end));
}
const codeFor = (text: string, form: Form = 'json') => codeOf(() => found(text, form));

const A = '{ "resourceType": "A", "value": 1.0 }';
const B = '{"resourceType":"B"}';
const bundle = (...resources: string[]) =>
  `{"resourceType":"Bundle","entry":[${resources.map((one) => `{"resource": ${one} }`).join()}]}`;

describe('resources of a file', () => {
  it('are itself, byte for byte', () => {
    expect(found(`\n ${A} \n`)).toEqual([A]);
  });

  it('are the entries of a bundle, byte for byte, with the URLs of the entries', () => {
    const entry = `{"fullUrl":"urn:uuid:1","resource":${A},"request":{"method":"POST","url":"A"}}`;
    const list = `[${entry},{"resource":${B}}]`;
    const text = `{"type":"transaction","entry":${list},"resourceType":"Bundle"}`;
    expect(found(text)).toEqual([A, B]);
    const [first, second] = findResources(encodeUtf8(text), 'json')!;
    expect([first!.fullUrl, second!.fullUrl]).toEqual(['urn:uuid:1', '']);
  });

  it('are those of bundles in bundles, in their order', () => {
    expect(found(bundle(A, bundle(B, bundle(A)), B))).toEqual([A, B, A, B]);
  });

  it('of bundles that lie too deep stay together', () => {
    let text = A;
    for (let i = 0; i <= INGEST_LIMITS.bundleDepthMax + 1; i++) text = bundle(text);
    expect(found(text)).toEqual([bundle(A)]);
  });

  it('of a signed bundle are the bundle whole', () => {
    const signed = `{"resourceType":"Bundle","entry":[{"resource":${A}}],"signature":{}}`;
    expect(found(signed)).toEqual([signed]);
    expect(found(bundle(B, signed))).toEqual([B, signed]);
  });

  it('are none of a bundle without entries, or with requests only', () => {
    expect(found('{"resourceType":"Bundle"}')).toEqual([]);
    expect(found(`{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE"}}]}`)).toEqual(
      [],
    );
  });

  it('stand one on each line of NDJSON', () => {
    expect(found(`${A}\r\n\n${B}\n`, 'ndjson')).toEqual([A, B]);
    expect(found(`${A}\n${B}`, 'json-or-ndjson')).toEqual([A, B]);
    expect(found(A, 'json-or-ndjson')).toEqual([A]);
  });

  it('may have a byte order mark before them', () => {
    expect(found(`\ufeff${B}`)).toEqual([B]);
  });

  it('are not there in other JSON', () => {
    expect(found('{"cards":[]}')).toBeUndefined();
    expect(found(`[${A}]`)).toBeUndefined();
    expect(found('{"resourceType":7}')).toBeUndefined();
  });
});

describe('a file is refused', () => {
  it.each<[string, Form, string]>([
    [' \n', 'json', 'INPUT_EMPTY'],
    [`${A}${B}`, 'json', 'JSON_TRAILING'],
    [`${A} ${B}\n`, 'ndjson', 'JSON_TRAILING'],
    [`${A}\n{"resourceType":`, 'ndjson', 'JSON_TRUNCATED'],
    [`${A}\n[1]`, 'ndjson', 'RESOURCE_TYPE_MISSING'],
    ['{"resourceType":"Bundle","entry":{}}', 'json', 'BUNDLE_INVALID'],
    ['{"resourceType":"Bundle","entry":[1]}', 'json', 'BUNDLE_INVALID'],
    ['{"resourceType":"Bundle","entry":[{"resource":[]}]}', 'json', 'RESOURCE_TYPE_MISSING'],
    ['{"resourceType":"A","a":1,"a":2}', 'json', 'JSON_DUPLICATE_KEY'],
  ])('when it is %j as %s, with %s', (text, form, code) => {
    expect(codeFor(text, form)).toBe(code);
  });

  it('when it has more resources than one call takes', () => {
    const many = new Array(INGEST_LIMITS.resourcesMax + 1).fill('{"resource":{}}');
    const text = `{"resourceType":"Bundle","entry":[${many.join()}]}`;
    expect(codeFor(text)).toBe('INPUT_TOO_MANY');
  });
});
