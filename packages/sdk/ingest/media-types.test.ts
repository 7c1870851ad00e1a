import { encodeUtf8 } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { formOf, sniffMediaType } from './media-types.ts';

function content(text: string, { at = 0, size = 200 } = {}): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(
    Uint8Array.from(text, (sign) => sign.charCodeAt(0)),
    at,
  );
  return bytes;
}

describe('the media type of a file', () => {
  it.each([
    ['%PDF-1.7', 0, 'application/pdf'],
    ['\x89PNG\r\n\x1a\n', 0, 'image/png'],
    ['\xff\xd8\xff\xe0', 0, 'image/jpeg'],
    ['GIF89a', 0, 'image/gif'],
    ['RIFF\x10\x00\x00\x00WEBPVP8 ', 0, 'image/webp'],
    ['RIFF\x10\x00\x00\x00WAVEfmt ', 0, 'audio/wav'],
    ['II*\x00', 0, 'image/tiff'],
    ['\x00\x00\x00\x18ftypheic', 0, 'image/heic'],
    ['\x00\x00\x00\x18ftypisom', 0, 'video/mp4'],
    ['DICM', 128, 'application/dicom'],
    ['PK\x03\x04', 0, 'application/zip'],
    ['{\\rtf1', 0, 'application/rtf'],
    ['MSH|^~\\&|', 0, 'x-application/hl7-v2+er7'],
    ['\x00\x01\x02', 0, 'application/octet-stream'],
  ])('that begins with %j at %i is %s', (text, at, mediaType) => {
    expect(sniffMediaType(content(text, { at }), '')).toBe(mediaType);
  });

  it('is that of its content when its name says something else', () => {
    expect(sniffMediaType(content('\x89PNG\r\n\x1a\n'), 'scan.pdf')).toBe('image/png');
    expect(sniffMediaType(content('\x00\x01'), 'letter.txt')).toBe('application/octet-stream');
  });

  it('is that of its name where the content is packed or plain text', () => {
    expect(sniffMediaType(content('PK\x03\x04'), 'letter.docx')).toContain('wordprocessingml');
    expect(sniffMediaType(content('PK\x03\x04'), 'letter.txt')).toBe('application/zip');
    expect(sniffMediaType(encodeUtf8('a,b\n1,2'), 'values.CSV')).toBe('text/csv');
    expect(sniffMediaType(encodeUtf8('<ClinicalDocument/>'), 'ccd.xml')).toBe('application/xml');
    expect(sniffMediaType(encodeUtf8('hello'), 'letter.docx')).toBe('text/plain');
    expect(sniffMediaType(encodeUtf8('Grüße'), '')).toBe('text/plain');
  });
});

describe('the form of an input', () => {
  const form = (text: string, name: string, mediaType?: string) =>
    formOf(encodeUtf8(text), { name, mediaType });

  it('is told by the media type that came with it', () => {
    expect(form('x', 'a.pdf', 'application/fhir+json; charset=utf-8')).toBe('json');
    expect(form('x', '', 'application/FHIR+ndjson')).toBe('ndjson');
    expect(form('{"a":1}', 'a.json', 'text/plain')).toBe('file');
  });

  it('is told by its name, else by its first signs', () => {
    expect(form('%PDF', 'a.json')).toBe('json');
    expect(form('{}', 'a.NDJSON')).toBe('ndjson');
    expect(form('{"a":1}', 'note.txt')).toBe('file');
    expect(form(' \n{ "a":1}', '')).toBe('json-or-ndjson');
    expect(form('{}', 'export')).toBe('json-or-ndjson');
    expect(form('{\\rtf1', '')).toBe('file');
    expect(form('hello', '')).toBe('file');
  });
});
