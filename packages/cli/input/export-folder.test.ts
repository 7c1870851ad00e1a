import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '@ward/testkit/refusals';
import { afterAll, describe, expect, it } from 'vitest';
import { ExportFolder, fileName } from './export-folder.ts';
import { ExportLines } from './export-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'ward-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

function record(name: string, text: string, resourceType = 'Observation') {
  const bytes = new TextEncoder().encode(text);
  const mediaType = resourceType === '' ? 'application/pdf' : 'application/fhir+json';
  const inputDigest = new Uint8Array(32);
  const metadata = { name, resourceType, mediaType, inputDigest, sizeBytes: bytes.length };
  return { index: 2, metadata, bytes };
}
const PLACE = { kind: 'general', unit: '4fa1c09b' };

describe('names of exported files', () => {
  it.each([
    ['12', '2-Observation-12.json'],
    ['../../etc/passwd', '2-Observation-._._etc_passwd.json'],
    ['/etc/passwd', '2-Observation-_etc_passwd.json'],
    ['a\u0000b\u202ec', '2-Observation-a_b_c.json'],
    ['..', '2-Observation.json'],
    ['x'.repeat(300), `2-Observation-${'x'.repeat(68)}.json`],
    ['scan.json', '2-Observation-scan.json'],
    ['', '2-Observation.json'],
  ])('are harmless, whatever the record calls itself: %j', (name, expected) => {
    const made = fileName(record(name, '{}'));
    expect(made).toBe(expected);
    expect(made).toMatch(/^[\w.-]+$/);
  });
});

describe('an export folder', () => {
  it('takes the bytes as they are, and the same ones twice', () => {
    const sink = new ExportFolder(join(folder, 'a'));
    const one = record('12', '{ "a": 1.50 }');
    expect(sink.put(PLACE, one)).toBe(true);
    expect(sink.put(PLACE, one)).toBe(true);
    const path = join(folder, 'a', 'general', '4fa1c09b-2-Observation-12.json');
    expect(readFileSync(path, 'utf8')).toBe('{ "a": 1.50 }');
  });

  it('overwrites nothing that another record left there', () => {
    const sink = new ExportFolder(join(folder, 'b'));
    sink.put(PLACE, record('12', 'one'));
    expect(codeOf(() => sink.put(PLACE, record('12', 'two')))).toBe('FILE_EXISTS');
    expect(readdirSync(join(folder, 'b', 'general'))).toHaveLength(1);
  });
});

describe('an export of lines', () => {
  it('has one resource on each line, and leaves out what is no FHIR', () => {
    const path = join(folder, 'all.ndjson');
    const sink = new ExportLines(path);
    const pretty = '{\r\n  "value": 1.50,\n  "text": "a\\nb"\n}';
    expect(sink.put(PLACE, record('1', pretty))).toBe(true);
    expect(sink.put(PLACE, record('2', '{"id":"2"}'))).toBe(true);
    expect(sink.put(PLACE, record('scan', '%PDF', ''))).toBe(false);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0]!)).toEqual({ value: 1.5, text: 'a\nb' });
    expect(lines[0]).toContain('1.50');
    expect(lines[2]).toBe('');
  });

  it('does not write into a file that is there', () => {
    const path = join(folder, 'there.ndjson');
    writeFileSync(path, 'mine');
    expect(codeOf(() => new ExportLines(path))).toBe('FILE_EXISTS');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });
});
