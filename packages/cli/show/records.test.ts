import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { Screen } from '../frame/screen.ts';
import { prettyJson, recordJson, showContent } from './records.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function record(bytes: Uint8Array, resourceType = 'Observation') {
  const mediaType = 'application/fhir+json';
  const known = { mediaType, resourceType, name: '1', sizeBytes: bytes.length };
  return { index: 0, metadata: { ...known, inputDigest: new Uint8Array(32) }, bytes };
}

function shown(bytes: Uint8Array, options: { isRaw: boolean; columns?: number }): string {
  const columns = options.columns;
  const screen = new Screen({ columns, colours: { output: false, error: false } });
  showContent(record(bytes), options, screen);
  return screen.pieces.map((each) => Buffer.from(each).toString('utf8')).join('');
}

describe('the content of a record', () => {
  it('keeps every number as it was written', () => {
    const text = '{"value":1.50,"big":12345678901234567890.10,"small":1e-7,"list":[0.0]}';
    const pretty = prettyJson(encode(text))!;
    for (const number of ['1.50', '12345678901234567890.10', '1e-7', '0.0']) {
      expect(pretty).toContain(number);
    }
    expect(pretty.split('\n').length).toBeGreaterThan(5);
    expect(JSON.stringify(recordJson(record(encode(text))))).toContain('"value":1.50');
  });

  it('is the same bytes where raw ones are wanted', () => {
    const text = '{ "value" :1.50 }\n';
    expect(shown(encode(text), { isRaw: true })).toBe(text);
    expect(shown(encode(text), { isRaw: false })).toBe('{\n  "value": 1.50\n}\n');
  });

  it('cannot take over a terminal', () => {
    const start = String.fromCodePoint(0x1b);
    const text = `{"note":"${String.fromCodePoint(0x202e)}x${start}[2J"}`;
    const onTerminal = shown(encode(text), { isRaw: true, columns: 80 });
    expect(onTerminal).not.toContain(start);
    expect(onTerminal).not.toContain(String.fromCodePoint(0x202e));
  });

  it('goes to no terminal when it is no text', () => {
    const bytes = Uint8Array.of(0x25, 0, 0xff, 0xfe);
    expect(codeOf(() => shown(bytes, { isRaw: true, columns: 80 }))).toBe('OUTPUT_BINARY');
    expect(recordJson(record(bytes, ''))).toMatchObject({ base64: 'JQD//g==' });
  });
});
